#pragma once
// How inputs of the BTP targets begin: a letter for the dialect, in capitals when the lengths of btp2 are put
// in.

#include <kedge/btp.hpp>

#include "codec/oer.hpp"
#include "fuzz.hpp"

namespace kedge::fuzz {

/// `c` and every odd byte: crosstown. `b` and every even one: btp2.
[[nodiscard]] inline btp::Dialect dialect_of(std::uint8_t letter) {
  return letter % 2U == 1 ? btp::Dialect::crosstown : btp::Dialect::btp2;
}

/// What is decoded: the input, or, for `B`, its first `head` bytes and the rest behind its length.
[[nodiscard]] inline std::string decoder_input(std::uint8_t letter, std::size_t head, std::string_view rest) {
  const bool capital = (letter & 0x20U) == 0;
  if (dialect_of(letter) == btp::Dialect::crosstown || !capital) return std::string(rest);
  const std::string_view first = rest.substr(0, head);
  const std::string_view contents = rest.substr(first.size());
  std::string room(rest.size() + 9, '\0');
  BufferSink sink{std::span<char>(room)};
  PROMISE(sink.write(first) && codec::oer::write_var_octets(sink, contents), "room for a length");
  return std::string(sink.text());
}

/// Writes with `encode` into memory of exactly `size` bytes, and without success into one byte less.
template <class Encode>
[[nodiscard]] std::string encoded_in(std::size_t size, Encode encode) {
  std::string room(size, '\0');
  BufferSink sink{std::span<char>(room)};
  PROMISE(encode(sink) && sink.size() == size, "the encoding has the size told");
  std::string narrow(size - 1, '\0');
  BufferSink small{std::span<char>(narrow)};
  PROMISE(!encode(small), "one byte less is too little");
  return room;
}

/// A refusal names its place and says why.
inline void judge_refusal(const Error& error, std::size_t size) {
  PROMISE(error.kind() == ErrorKind::protocol, "what cannot be decoded is a protocol error");
  const std::string text(error.message());
  PROMISE(text.starts_with("offset ") && text.size() < Error::message_max, "with its place, whole");
  PROMISE(std::strtoull(text.c_str() + 7, nullptr, 10) <= size, "which lies in the input");
  PROMISE(std::count(text.begin(), text.end(), ':') == 2, "the field and the reason");
}

[[nodiscard]] inline bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace kedge::fuzz
