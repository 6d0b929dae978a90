#pragma once
// Certificates and keys from files of whatever kind.

#include "kept_file.hpp"

#include <kedge/port.hpp>
#include <kedge/result.hpp>
#include <kedge/tls.hpp>

#include <string>

namespace kedge::program {

/// More than Debian's whole bundle of CAs.
inline constexpr std::size_t certificate_file_bytes_max = 1024 * 1024;

[[nodiscard]] inline KeptFile certificate_file(std::string path) {
  return {std::move(path), certificate_file_bytes_max};
}

/// Each after `prepare` of the files. Errors as with the functions of tls::Client and tls::Server that take
/// files; a path may be in their words.
Result<void> trust(tls::Client& client, const KeptFile& certificates);
Result<void> identify(tls::Client& client, const KeptFile& certificate, const KeptFile& key, Port& port);
Result<void> configure(tls::Server& server, const KeptFile& certificate, const KeptFile& key);

}  // namespace kedge::program
