// mbedTLS asks libc for the time, for the hello's first bytes and the age of a ticket. A run with `--tls
// real` has to be the same tomorrow: this clock stands before libc's in kedge_sim, and stands still when the
// World's calendar begins.

#include "support/libc_clock.hpp"
