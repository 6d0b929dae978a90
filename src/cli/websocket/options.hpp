#pragma once
// What `kedge websocket` is asked to do.

#include "../connection_options.hpp"

#include <kedge/websocket.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace kedge::cli::websocket {

struct Options : ConnectionOptions {
  /// For files that somebody has yet to write.
  static constexpr std::chrono::seconds default_timeout{30};

  std::vector<std::string> headers;  ///< `Name: value`, or `@FILE` with such lines
  std::vector<std::string> subprotocols;
  std::string user_agent;
  kedge::websocket::CredentialKind credential = kedge::websocket::CredentialKind::none;
  bool binary = false;
  bool resend = false;
  bool listen = false;                                ///< after the end of input, for ever
  std::chrono::milliseconds linger{0};                ///< silence, after the end of input
  std::optional<std::chrono::milliseconds> lineless;  ///< the longest without a line; none: for ever
};

}  // namespace kedge::cli::websocket
