#pragma once
// libc's calendar clock, stopped where a test wants it: `time` and the realtime clock, as our own code calls
// them and, where those are other functions (32-bit time_t: Debian 12's armhf), as libraries do; and with
// them mbedTLS 3.6's own clock of milliseconds, for the age of tickets. Stands before libc's and mbedTLS's:
// for one source of a program.

#include <cerrno>
#include <cstdint>
#include <ctime>

#include <sys/syscall.h>
#include <unistd.h>

namespace kedge::test {

/// Seconds since 1970.
inline std::int64_t libc_seconds = 1767225600;  // 2026-01-01 00:00 UTC

/// Any other clock: the kernel's, in its own words.
inline int kernel_clock(clockid_t clock, std::int64_t& seconds, std::int64_t& nanoseconds) noexcept {
#if defined(SYS_clock_gettime64)
  std::int64_t both[2] = {};
  const int result = static_cast<int>(syscall(SYS_clock_gettime64, clock, both));
#else
  long both[2] = {};
  const int result = static_cast<int>(syscall(SYS_clock_gettime, clock, both));
#endif
  seconds = both[0];
  nanoseconds = both[1];
  return result;
}

template <class Seconds, class Nanoseconds>
int libc_clock(clockid_t clock, Seconds* seconds, Nanoseconds* nanoseconds) noexcept {
  std::int64_t s = libc_seconds, ns = 0;
  if (clock != CLOCK_REALTIME && kernel_clock(clock, s, ns) != 0) return -1;
  if (static_cast<std::int64_t>(static_cast<Seconds>(s)) != s) {
    errno = EOVERFLOW;
    return -1;
  }
  *seconds = static_cast<Seconds>(s);
  *nanoseconds = static_cast<Nanoseconds>(ns);
  return 0;
}

}  // namespace kedge::test

extern "C" std::time_t time(std::time_t* into) noexcept {
  if (into != nullptr) *into = static_cast<std::time_t>(kedge::test::libc_seconds);
  return static_cast<std::time_t>(kedge::test::libc_seconds);
}
extern "C" int clock_gettime(clockid_t clock, timespec* into) noexcept {
  return kedge::test::libc_clock(clock, &into->tv_sec, &into->tv_nsec);
}

// As mbedTLS 3.6 declares it; 2.28 has no such function, and nobody calls it there.
extern "C" std::int64_t mbedtls_ms_time() {
  return kedge::test::libc_seconds * 1000;
}

#if defined(__TIMESIZE) && __TIMESIZE == 32 && defined(_TIME_BITS) && _TIME_BITS == 64
extern "C" std::int32_t kedge_time_32(std::int32_t* into) noexcept __asm__("time");
extern "C" std::int32_t kedge_time_32(std::int32_t* into) noexcept {
  std::int32_t seconds = -1, nanoseconds = 0;
  if (kedge::test::libc_clock(CLOCK_REALTIME, &seconds, &nanoseconds) == 0 && into != nullptr)
    *into = seconds;
  return seconds;
}
extern "C" int kedge_clock_gettime_32(clockid_t clock, std::int32_t* into) noexcept __asm__("clock_gettime");
extern "C" int kedge_clock_gettime_32(clockid_t clock, std::int32_t* into) noexcept {
  return kedge::test::libc_clock(clock, into, into + 1);
}
#endif
