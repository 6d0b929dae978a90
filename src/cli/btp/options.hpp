#pragma once
// What `kedge btp send` is asked to send.

#include "../connection_options.hpp"

#include <kedge/btp.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace kedge::cli::btp {

struct Options : ConnectionOptions {
  static constexpr std::chrono::seconds default_timeout{30};

  std::string to;
  std::uint64_t amount = 0;
  std::string data;                      ///< bytes
  std::string data_file;                 ///< where they come from; "-": standard input; empty: from `data`
  std::optional<std::string> condition;  ///< 32 bytes; none: SHA-256(SHA-256(data))
  std::string peer_id{kedge::btp::default_peer_id};
  kedge::btp::Dialect dialect = kedge::btp::Dialect::crosstown;
};

}  // namespace kedge::cli::btp
