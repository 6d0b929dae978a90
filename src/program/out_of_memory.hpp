#pragma once
// A program's last words when memory runs out: a message and a documented exit code, never a bare abort.

namespace kedge::program {

/// Before anything else in main(). From then on std::bad_alloc that nobody can catch - it met a noexcept
/// function, as the library's callbacks are - and an allocation of libuv's that fails, which libuv would
/// abort for, end the process with `say_out_of_memory` and `exit_code`. `name` is kept: a literal.
void prepare_for_out_of_memory(const char* name, int exit_code) noexcept;

/// Writes "NAME: out of memory" to standard error, without memory.
void say_out_of_memory(const char* name) noexcept;

}  // namespace kedge::program
