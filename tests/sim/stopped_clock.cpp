// mbedTLS asks libc for the time, for the hello's first bytes and the age of a ticket. A run with `--tls
// real` has to be the same tomorrow: this `time` stands before libc's in kedge_sim, and stands still when the
// World's calendar begins. So does the clock of milliseconds that mbedTLS 3.6 has for TLS 1.3's tickets.

#include <cstdint>
#include <ctime>

namespace {
constexpr std::time_t begin = 1767225600;  // 2026-01-01 00:00 UTC
}

extern "C" {

std::time_t time(std::time_t* into) noexcept {
  if (into != nullptr) *into = begin;
  return begin;
}

// 2.28 has no such function, and nobody calls it there.
std::int64_t mbedtls_ms_time() noexcept {
  return std::int64_t{begin} * 1000;
}
}
