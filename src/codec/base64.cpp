#include "base64.hpp"

#include <algorithm>
#include <cstdint>

namespace kedge::codec {
namespace {

constexpr char standard_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Arithmetic instead of a table of 256: what is decoded may be a key, and a table's cache lines tell of it.
int value_of(char c, Base64 kind) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == (kind == Base64::standard ? '+' : '-')) return 62;
  if (c == (kind == Base64::standard ? '/' : '_')) return 63;
  return -1;
}

std::size_t encode_group(std::span<const std::byte> bytes, char* out, Base64 kind) noexcept {
  const char* alphabet = kind == Base64::standard ? standard_alphabet : url_alphabet;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    bits = bits << 8U | (i < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i]) : 0U);
  }
  for (unsigned i = 0; i < 4; ++i) out[i] = alphabet[(bits >> (18U - 6U * i)) & 63U];
  if (bytes.size() == 3) return 4;
  if (kind == Base64::url_unpadded) return bytes.size() + 1;
  for (std::size_t i = bytes.size() + 1; i < 4; ++i) out[i] = '=';
  return 4;
}

Error malformed(std::string_view reason, std::size_t at) noexcept {
  Error error(ErrorKind::protocol, "base64: ");
  error.append(reason).append(" at byte ").append(static_cast<std::int64_t>(at));
  return error;
}

// How many characters at the end are padding; an error when it is not what the length asks for.
Result<std::size_t> padding_of(std::string_view text, Base64 kind) noexcept {
  if (kind == Base64::url_unpadded) {
    if (text.size() % 4 == 1) return malformed("a lone character", text.size() - 1);
    return std::size_t{0};
  }
  if (text.size() % 4 != 0) return malformed("padding is missing", text.size());
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  return padding;
}

}  // namespace

bool base64_encode(std::span<const std::byte> bytes, Sink& sink, Base64 kind) noexcept {
  char chunk[64];  // sixteen groups to one call of the sink
  while (!bytes.empty()) {
    std::size_t filled = 0;
    while (!bytes.empty() && filled < sizeof chunk) {
      const std::size_t group = std::min<std::size_t>(bytes.size(), 3);
      filled += encode_group(bytes.first(group), chunk + filled, kind);
      bytes = bytes.subspan(group);
    }
    if (!sink.write(std::string_view(chunk, filled))) return false;
  }
  return true;
}

Result<std::string_view> base64_encode(std::span<const std::byte> bytes, std::span<char> out,
                                       Base64 kind) noexcept {
  BufferSink sink(out);
  if (!base64_encode(bytes, sink, kind)) {
    return Error(ErrorKind::too_large, "no room for the base64 text");
  }
  return sink.text();
}

Result<std::span<std::byte>> base64_decode(std::string_view text, std::span<std::byte> out,
                                           Base64 kind) noexcept {
  const Result<std::size_t> padding = padding_of(text, kind);
  if (!padding) return padding.error();
  const std::string_view digits = text.substr(0, text.size() - *padding);
  if (base64_decoded_size_max(digits.size()) > out.size()) {
    return Error(ErrorKind::too_large, "no room for the decoded base64");
  }
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  std::size_t written = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int value = value_of(digits[i], kind);
    if (value < 0) return malformed("a character outside the alphabet", i);
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      out[written++] = static_cast<std::byte>(bits >> bit_count & 0xFFU);
    }
  }
  // Two texts for the same bytes would let a signature or a cache see two things where there is one.
  if ((bits & ((1U << bit_count) - 1U)) != 0) {
    return malformed("bits left over are not zero", digits.size() - 1);
  }
  return out.first(written);
}

}  // namespace kedge::codec
