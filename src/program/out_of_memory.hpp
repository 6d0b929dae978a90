#pragma once
// A program's last words when memory runs out: a message and a documented exit code, never a bare abort.

namespace kedge::program {

/// Before anything else in main(). From then on an allocation that fails, by operator new or in libuv, writes
/// "NAME: out of memory" to standard error and ends the process with `exit_code`. `name` is kept: a literal.
void prepare_for_out_of_memory(const char* name, int exit_code) noexcept;

}  // namespace kedge::program
