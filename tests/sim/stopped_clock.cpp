// mbedTLS asks libc for the time, for the hello's first bytes and the age of a ticket. A run with `--tls
// real` has to be the same tomorrow: this `time` stands before libc's in kedge_sim, and stands still when the
// World's calendar begins.

#include <ctime>

extern "C" std::time_t time(std::time_t* into) noexcept {
  constexpr std::time_t begin = 1767225600;  // 2026-01-01 00:00 UTC
  if (into != nullptr) *into = begin;
  return begin;
}
