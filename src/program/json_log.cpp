#include "json_log.hpp"

#include "../codec/utf8.hpp"
#include "timestamp.hpp"

#include <kedge/json_writer.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace kedge::program {

namespace {

/// As much of a text as `bytes_max` hold, no character of it in part.
std::string_view beginning(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  const auto continues = [text](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  while (end > bytes_max - 3 && continues(end)) --end;
  return text.substr(0, end);
}

}  // namespace

void write_json_log(Port& port, const LogRecord& record) noexcept {
  // A tool's name of a megabyte is not worth a line of a megabyte. What is not UTF-8, as a path may be, is
  // told as far as it is ASCII.
  std::array<char, 1024> words;
  std::string_view message = beginning(record.message, words.size());
  if (!codec::utf8_valid(message)) {
    const auto foreign = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    std::replace_copy_if(message.begin(), message.end(), words.begin(), foreign, '?');
    message = {words.data(), message.size()};
  }
  std::array<char, 6 * words.size() + 256> line;  // an escape takes six bytes
  BufferSink sink{std::span<char>(line)};
  json::Writer writer(sink);
  writer.begin_object();
  if (const auto now = port.wall_time()) writer.member("time", rfc3339(*now).text());
  writer.member("level", to_string(record.level)).member("event", record.event);
  writer.member("message", message).end_object();
  if (!writer.finish()) return;
  std::fprintf(stderr, "%.*s\n", static_cast<int>(sink.size()), sink.text().data());
}

}  // namespace kedge::program
