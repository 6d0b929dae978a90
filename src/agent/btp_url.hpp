#pragma once
// URLs as ilp-plugin-btp has them, with the secret in them: btp+ws://[user]:token@host and btp+wss://.

#include "settings.hpp"

namespace kedge::agent {

/// A CONNECTOR_BTP_URL that begins with `btp+` stands for three settings: the URL without `btp+`, user and
/// token, and CONNECTOR_BTP_PEER_ID and CONNECTOR_BTP_AUTH_TOKEN where there are a user and a token. After
/// this they are what `values` has, and no part of the secret is left in the URL. User and token are
/// percent-encoded (RFC 3986 section 3.2.1).
///
/// Problems: what is malformed, when sending is off; a token beside another one, the file of one, or that
/// there is none; a user beside another peer id. Equal ones are no problem.
///
/// For the values of one source: it is before `add_missing` that a secret of the environment hides another.
void take_btp_url(SettingValues& values, Problems& problems);

}  // namespace kedge::agent
