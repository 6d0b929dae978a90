#pragma once
// What every fuzz target is made of: one input taken apart, and promises that must hold for all inputs.
//
// An input begins with a few bytes of options, most of them letters or digits so that seeds can be read; then
// comes the text that is fed. Everything else, how the text is cut for example, follows from those bytes: the
// same input does the same.

#include <kedge/error.hpp>
#include <kedge/sim/rng.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::fuzz {

[[noreturn]] inline void broken(const char* what, const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: a broken promise: %s\n   (%s) does not hold\n", file, line, what, condition);
  std::abort();
}

/// Ends the run with a sentence that says what was promised.
#define PROMISE(condition, what)                                                     \
  do {                                                                               \
    if (!(condition)) ::kedge::fuzz::broken((what), #condition, __FILE__, __LINE__); \
  } while (false)

[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A copy in memory of exactly its size, so that the address sanitizer sees one byte too many.
class Exact {
 public:
  explicit Exact(std::string_view text) : memory_(text.begin(), text.end()) {}
  [[nodiscard]] std::string_view text() const { return {memory_.data(), memory_.size()}; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return as_bytes(text()); }
  [[nodiscard]] std::span<char> chars() { return memory_; }

 private:
  std::vector<char> memory_;
};

/// One input, read from its beginning; what is missing reads as zero.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8U | byte();
    return value;
  }
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  /// Up to the next `end`, which is skipped.
  std::string_view until(char end) {
    const std::string_view taken = rest_.substr(0, rest_.find(end));
    rest_.remove_prefix(std::min(taken.size() + 1, rest_.size()));
    return taken;
  }
  std::string_view rest() { return take(rest_.size()); }

 private:
  std::string_view rest_;
};

/// Cuts a text into pieces of sizes that follow from one byte: 0 one piece, 1 single bytes, else random
/// sizes, empty pieces too.
class Cuts {
 public:
  Cuts(std::uint8_t seed, std::string_view text) : random_(seed), rest_(text), seed_(seed) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  Exact next() {
    const std::size_t random = seed_ > 1 ? static_cast<std::size_t>(random_.between(0, seed_ % 64U)) : 1;
    const std::size_t most = seed_ == 0 ? rest_.size() : random;
    const std::string_view piece = rest_.substr(0, std::max<std::size_t>(most, seed_ % 64U == 0 ? 1 : 0));
    rest_.remove_prefix(piece.size());
    return Exact(piece);
  }

 private:
  sim::Rng random_;
  std::string_view rest_;
  std::uint8_t seed_;
};

/// Whether two errors say the same.
[[nodiscard]] inline bool same(const Error& a, const Error& b) {
  return a.kind() == b.kind() && a.layer() == b.layer() && a.layer_code() == b.layer_code() &&
         a.code() == b.code() && a.retry_after() == b.retry_after() && a.message() == b.message();
}

}  // namespace kedge::fuzz
