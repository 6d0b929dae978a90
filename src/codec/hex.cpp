#include "hex.hpp"

#include <cstdint>

namespace kedge::codec {

Result<std::string_view> hex_encode(std::span<const std::byte> bytes, std::span<char> out) noexcept {
  constexpr char digits[] = "0123456789abcdef";
  if (bytes.size() > out.size() / 2) return Error(ErrorKind::too_large, "no room for the hexadecimal text");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto value = std::to_integer<unsigned>(bytes[i]);
    out[2 * i] = digits[value >> 4U];
    out[2 * i + 1] = digits[value & 15U];
  }
  return std::string_view(out.data(), 2 * bytes.size());
}

Result<std::span<std::byte>> hex_decode(std::string_view text, std::span<std::byte> out) noexcept {
  if (text.size() % 2 != 0) return Error(ErrorKind::protocol, "hex: an odd number of digits");
  if (text.size() / 2 > out.size()) return Error(ErrorKind::too_large, "no room for the decoded bytes");
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) {
      Error error(ErrorKind::protocol, "hex: not a digit at byte ");
      error.append(static_cast<std::int64_t>(high < 0 ? i : i + 1));
      return error;
    }
    out[i / 2] = static_cast<std::byte>(high << 4 | low);
  }
  return out.first(text.size() / 2);
}

}  // namespace kedge::codec
