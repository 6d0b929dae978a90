#pragma once
// systemd's journal as the reader of a descriptor.

#include <kedge/log.hpp>

#include <string_view>

namespace kedge::program {

/// Whether what is written to the descriptor goes to the journal: JOURNAL_STREAM names its device and inode
/// (systemd.exec(5)).
[[nodiscard]] bool is_journal(int descriptor) noexcept;

/// What a line of that level begins with, so that the journal knows its priority (sd-daemon(3)): "<3>" of an
/// error. Static storage.
[[nodiscard]] std::string_view journal_priority(LogLevel level) noexcept;

}  // namespace kedge::program
