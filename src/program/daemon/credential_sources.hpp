#pragma once
// Where a daemon's line leads, and where what is shown there comes from.

#include "setting_reader.hpp"

#include <kedge/secret.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace kedge::program {

struct CredentialSources {
  std::string url;             ///< empty: there is no line
  std::string token_file;      ///< empty: the secret was given itself
  bool without_token = false;  ///< there is none: an empty one is shown
  std::string ca_file;         ///< empty: the system's
  std::string certificate_file;
  std::string key_file;
};

/// The settings of a daemon that say it.
struct CredentialSettings {
  SettingId url, token, token_file, no_token, ca_file, certificate_file, key_file;
};
/// Their names. Static storage.
struct CredentialNames {
  std::string_view token_file, ca_file, certificate_file, key_file;
};

/// Reads them. Files are named here, not opened. The secret goes into `token`, unless it is to come from a
/// file.
void read_credentials(SettingReader& reader, const CredentialSettings& settings, std::size_t url_bytes_max,
                      CredentialSources& sources, Secret& token);

}  // namespace kedge::program
