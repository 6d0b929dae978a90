#pragma once
// A source of bytes that does what a test says.

#include <kedge/websocket.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace kedge::test {

inline std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  std::uint32_t state = 1;
  for (char& c : text) c = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24U);
  return text;
}

class TextSource final : public websocket::Source {
 public:
  explicit TextSource(std::string text) : all(std::move(text)) {}

  Result<websocket::Filled> fill(std::span<std::byte> room) noexcept override {
    ++asked;
    if (on_fill) on_fill();
    if (error) return error;
    const std::size_t here = std::min(available, all.size());
    const std::size_t bytes = std::min({room.size(), at_once, here - at});
    if (bytes > 0) std::memcpy(room.data(), all.data() + at, bytes);
    at += bytes;
    return websocket::Filled{bytes + lies, at == all.size() && ends};
  }
  bool rewind() noexcept override {
    ++rewound;
    if (rewinds) at = 0;
    return rewinds;
  }

  std::string all;
  std::size_t at = 0;
  std::size_t available = std::numeric_limits<std::size_t>::max();  ///< of `all`, by now
  std::size_t at_once = std::numeric_limits<std::size_t>::max();
  std::size_t lies = 0;
  bool ends = true;
  bool rewinds = false;
  Error error;
  std::function<void()> on_fill;
  int asked = 0;
  int rewound = 0;
};

}  // namespace kedge::test
