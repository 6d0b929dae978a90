#include "websocket_words.hpp"

#include <kedge/sim/rng.hpp>

#include <algorithm>
#include <array>

namespace kedge::rig {

namespace {

// Pseudo-random bytes from which messages are cut: to make each anew would be most of what a run costs.
struct Quarry {
  static constexpr std::size_t size = 32 * 1024;
  std::string binary;
  std::string text;

  Quarry() {
    sim::Rng rng(1);
    constexpr std::array<std::string_view, 3> wide{"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\xA6\x80"};
    while (binary.size() < size) {
      const std::uint64_t draw = rng.next();
      binary += static_cast<char>(draw & 0xFFU);
      if (draw >> 60U < wide.size()) {
        text += wide.at(static_cast<std::size_t>(draw >> 60U));
      } else {
        text += static_cast<char>('a' + (draw >> 8U) % 26);
      }
    }
  }
};

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

std::string message_body(std::uint64_t number, MessageType type, std::size_t bytes) {
  static const Quarry quarry;
  const std::string& from = type == MessageType::text ? quarry.text : quarry.binary;
  std::string body;
  body.reserve(bytes);
  for (std::size_t i = 0; i < label_bytes && body.size() < bytes; ++i)
    body += static_cast<char>('0' + (number >> (6 * i) & 63U));
  auto at = static_cast<std::size_t>(sim::mix(number) % (Quarry::size / 2));
  while (type == MessageType::text && continues(from[at])) ++at;
  for (; body.size() < bytes; at = 0) body.append(from, at, bytes - body.size());
  if (type == MessageType::binary) return body;
  // No character is cut off at the end.
  std::size_t whole = body.size();
  while (whole > 0 && bytes - whole < 4 && continues(body[whole - 1])) --whole;
  if (whole > 0 && (static_cast<unsigned char>(body[whole - 1]) & 0xC0U) == 0xC0U) --whole;
  std::fill(body.begin() + static_cast<std::ptrdiff_t>(whole), body.end(), 'x');
  return body;
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  if (code == 0) return {};
  return std::string{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)}.append(reason);
}

}  // namespace kedge::rig
