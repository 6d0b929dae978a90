#include "credentials.hpp"

#include "../../codec/utf8.hpp"

#include <kedge/json.hpp>

#include <array>

namespace kedge::hub::btp {

namespace {

using kedge::btp::Dialect;
using kedge::btp::Message;
using kedge::btp::MessageType;
using kedge::btp::ProtocolData;

constexpr std::uint8_t depth_max = 8;

std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool assign_peer(std::string_view peer, Credentials& into) {
  if (peer.size() > kedge::btp::peer_id_bytes_max || !codec::utf8_valid(peer)) return false;
  into.peer = peer;
  return true;
}

// One entry: {"peerId":"...","secret":"..."}.
std::string_view read_crosstown(const Message& message, Credentials& into) {
  const auto entry = message.protocol_data.find("auth");
  if (message.type != MessageType::message || !entry) return "the first message does not authenticate";
  const auto root = json::parse(as_text(entry->data), depth_max);
  if (!root) return "the auth data is not JSON";
  std::array<char, program::token_bytes_max> buffer;
  const auto peer = root->find("peerId").as_string(buffer);
  if (!peer || !assign_peer(*peer, into)) return "the auth data has no good peerId";
  const auto secret = root->find("secret").as_string(buffer);
  const bool good = secret && into.token.assign(*secret);
  wipe(std::as_writable_bytes(std::span(buffer)));
  return good ? std::string_view() : "the auth data has no good secret";
}

// Entries: auth first, auth_username, auth_token (RFC-0023). A peer without a name has the empty one.
std::string_view read_btp2(const Message& message, Credentials& into) {
  if (message.type != MessageType::message)
    return "First message sent over BTP connection must be auth packet";
  kedge::btp::ProtocolDataList entries = message.protocol_data;
  if (entries.size() < 2) return "Auth packet must have auth and auth_token subprotocols";
  const std::optional<ProtocolData> first = entries.take();
  if (!first || first->name != "auth") return "First subprotocol must be auth";
  const auto token = message.protocol_data.find("auth_token");
  if (!token) return "auth_token subprotocol is required";
  const auto name = message.protocol_data.find("auth_username");
  if (name && !assign_peer(as_text(name->data), into)) return "auth_username is no good name";
  return into.token.assign(as_text(token->data)) ? std::string_view() : "invalid auth_token";
}

}  // namespace

std::string_view read_credentials(Dialect dialect, const Message& message, Credentials& into) {
  return dialect == Dialect::crosstown ? read_crosstown(message, into) : read_btp2(message, into);
}

}  // namespace kedge::hub::btp
