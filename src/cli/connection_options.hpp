#pragma once
// What every command is told about its connection.

#include <kedge/log.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace kedge::cli {

struct ConnectionOptions {
  /// Of --max-message.
  static constexpr std::uint32_t message_bytes_least = 1024;
  static constexpr std::uint32_t message_bytes_most = 16 * 1024 * 1024;

  std::string url;
  std::string ca_file;                  ///< empty: the system's
  std::string_view ca_option = "--ca";  ///< or the variable that it comes from
  std::string certificate_file;         ///< shown to a server that asks for one; empty: none
  std::string key_file;                 ///< its private key
  std::string token_file;
  std::chrono::milliseconds timeout{std::chrono::seconds{30}};
  std::uint32_t message_bytes_max = 1024 * 1024;  ///< sent and received
  bool retry = false;                             ///< keep trying before the first ready too
  bool json = false;
  bool quiet = false;  ///< errors alone, whatever `log_level` is
  LogLevel log_level = LogLevel::info;
};

}  // namespace kedge::cli
