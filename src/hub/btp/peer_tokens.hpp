#pragma once
// Which peers are let in, and what each must show.

#include "../../program/patience.hpp"
#include "../../program/token.hpp"

#include <kedge/result.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace kedge::hub::btp {

class PeerTokens {
 public:
  /// The id that stands for every peer without a token of its own.
  static constexpr std::string_view any_peer = "*";

  /// Errors: config (the token is empty or too large, or the peer has one already).
  Result<void> add(std::string_view peer, std::string_view token);
  [[nodiscard]] bool accepts(std::string_view peer, std::string_view token) const noexcept;
  [[nodiscard]] bool empty() const noexcept { return tokens_.empty(); }

 private:
  std::map<std::string, program::Token, std::less<>> tokens_;
};

/// Reads a file of at most 64 KiB, a JSON object of tokens by peer id: `{"alice":"...","*":"..."}`. Leaves no
/// copy of a token behind. Throws std::runtime_error that names the file, the peer, and what is wrong, never
/// a token; and Interrupted.
[[nodiscard]] PeerTokens read_peer_tokens(
    const std::string& file,
    const program::Patience& patience = program::Patience(std::chrono::milliseconds{0}));

}  // namespace kedge::hub::btp
