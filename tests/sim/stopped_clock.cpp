// mbedTLS asks libc for the time, for the hello's first bytes and the age of a ticket. A run with `--tls
// real` has to be the same tomorrow: this clock stands before libc's in kedge_sim, and stands still when the
// World's calendar begins. So does the clock of milliseconds that mbedTLS 3.6 has for TLS 1.3's tickets.

#include "support/libc_clock.hpp"

// 2.28 has no such function, and nobody calls it there.
extern "C" std::int64_t mbedtls_ms_time() noexcept {
  return kedge::test::libc_seconds * 1000;
}
