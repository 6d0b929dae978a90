#pragma once
// The last things that happened, kept cheaply and put into words only when somebody wants to read them.

#include <kedge/time.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace kedge::sim::detail {

enum class Happened : std::uint8_t {
  connect,  ///< a: the address's port
  opened,
  not_opened,  ///< a: errno
  accepted,
  sent,         ///< a: bytes, b: side
  arrived,      ///< a: bytes, b: side that wrote
  end_arrived,  ///< b: side that wrote
  read,         ///< a: bytes, b: side
  broken,       ///< a: errno, b: side
  restored,
  cut,          ///< a: sort of cut
  close,        ///< b: side
  closed,       ///< b: side
  timer,        ///< who: port
  resolve,      ///< who: port
  resolved,     ///< who: port, a: addresses
  failed_call,  ///< who: port or connection, a: which
  accept_error,
  note,
};

class Trace {
 public:
  static constexpr std::size_t lines_max = 50;
  static constexpr std::size_t note_bytes_max = 63;

  void add(Instant now, Happened what, std::uint32_t who, std::int64_t a = 0, std::int64_t b = 0) noexcept;
  void note(Instant now, std::string_view text) noexcept;
  void print(std::FILE* to, Instant start) const noexcept;
  [[nodiscard]] std::uint64_t digest() const noexcept { return digest_; }

 private:
  struct Line {
    Instant when{};
    Happened what{};
    std::uint32_t who = 0;
    std::int64_t a = 0;
    std::int64_t b = 0;
    std::array<char, note_bytes_max + 1> text{};
  };
  Line& next(Instant now, Happened what) noexcept;
  void digest(std::uint64_t value) noexcept { digest_ = (digest_ ^ value) * 0x100000001B3u; }

  std::array<Line, lines_max> lines_{};
  std::uint64_t count_ = 0;
  std::uint64_t digest_ = 0xCBF29CE484222325u;  // FNV-1a's start; whole words are mixed in, not bytes
};

}  // namespace kedge::sim::detail
