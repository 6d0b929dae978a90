#pragma once
// Counts what this process allocates, by who asked. A program that uses it links kedge_test_allocations,
// which puts itself in front of malloc (under ASan: behind it).

#include <array>
#include <cstddef>
#include <cstdint>

namespace kedge::test::allocations {

/// Whose code asked for memory. Helpers are looked through: `operator new` and what libstdc++ does belong to
/// whoever called them, and so does a libc function that the program itself called (strdup, fopen).
enum class Asker : std::uint8_t {
  program,  ///< the executable: kedge is linked into it, and so is the test
  wslay,
  mbedtls,
  libuv,
  libc,  ///< for itself or for a library: getaddrinfo, threads
  other,
};
inline constexpr std::size_t askers = 6;
[[nodiscard]] const char* to_string(Asker asker) noexcept;

struct Count {
  std::uint64_t calls = 0;
  std::uint64_t bytes = 0;
};

/// How much each has asked for; freed memory is not subtracted.
class Tally {
 public:
  [[nodiscard]] const Count& of(Asker asker) const noexcept {
    return counts_[static_cast<std::size_t>(asker)];
  }
  /// How often anybody asked.
  [[nodiscard]] std::uint64_t calls() const noexcept;
  Tally& operator+=(const Tally& other) noexcept;
  [[nodiscard]] Tally operator-(const Tally& earlier) const noexcept;
  void add(Asker asker, std::size_t bytes) noexcept;
  /// One line: what each asked for in `times` of `what`, and for one of it. Nothing for those who asked for
  /// nothing.
  void print(const char* what, std::uint64_t times) const noexcept;

 private:
  std::array<Count, askers> counts_{};
};

/// Counts from now on, in all threads. Libraries that are loaded later are `other`.
void start() noexcept;
/// Counts no more; what was counted since `start()`.
Tally stop() noexcept;
/// What was counted since `start()`.
[[nodiscard]] Tally so_far() noexcept;
/// Whether this build sees allocations at all: a tool that replaces malloc (valgrind) takes them away.
[[nodiscard]] bool works() noexcept;
/// Prints where the program's first allocations since `start()` came from, as addresses for addr2line.
void print_program_stacks() noexcept;

}  // namespace kedge::test::allocations
