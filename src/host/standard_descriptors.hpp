#pragma once
// Standard input, output and error, which a program may be started without (`<&-`, `>&-`, `2>&-`).

namespace kedge {

/// First thing in main(): what is missing of the descriptors 0, 1 and 2 is opened, so that no socket or file
/// of ours takes its number - words for a person would go into it, and libuv ends a process that closes one.
/// What takes the place of standard input cannot be read, and that of standard output cannot be written: a
/// result that has nowhere to go is an error and no success. Words for standard error go nowhere.
void open_missing_descriptors() noexcept;

/// Next in main(): a write to whom nobody reads (SIGPIPE), or beyond the size that files may have (SIGXFSZ),
/// is an error of that write, which has an exit code, and does not end the program.
void survive_failed_writes() noexcept;

}  // namespace kedge
