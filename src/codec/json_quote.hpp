#pragma once
// The parts of JSON text that are no literals. What writes a message of fixed form needs no more;
// json::Writer is for the others.

#include <kedge/sink.hpp>

#include <cstdint>
#include <string_view>

namespace kedge::codec {

/// UTF-8 as a JSON string, with its quotes. Only what RFC 8259 section 7 demands is escaped. False when the
/// sink had no room.
bool write_quoted(Sink& sink, std::string_view text) noexcept;
/// In decimal digits. False when the sink had no room.
bool write_number(Sink& sink, std::uint64_t number) noexcept;

}  // namespace kedge::codec
