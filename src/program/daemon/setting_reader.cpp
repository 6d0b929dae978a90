#include "setting_reader.hpp"

#include "../../base/whole_number.hpp"
#include "../../codec/utf8.hpp"
#include "../address.hpp"

#include <limits>

namespace kedge::program {

void SettingReader::wrong(SettingId setting, std::string_view what) {
  problems_.push_back(std::string(name_of(setting)).append(": ").append(what));
}

std::optional<std::uint64_t> SettingReader::number(SettingId setting, std::uint64_t least,
                                                   std::uint64_t most) {
  const std::string_view digits = text(setting);
  if (digits.empty()) return std::nullopt;
  if (const auto number = whole_number(digits, least, most)) return number;
  wrong(setting, "not an integer from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> SettingReader::milliseconds(SettingId setting, std::uint64_t least) {
  const auto count = number(setting, least, std::numeric_limits<std::int32_t>::max());
  if (!count) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*count));
}

void SettingReader::name(SettingId setting, std::size_t bytes_max, std::string& into) {
  if (!given(setting)) return;
  into = text(setting);
  if (into.size() > bytes_max) wrong(setting, "longer than " + std::to_string(bytes_max) + " bytes");
  if (!codec::utf8_valid(into)) wrong(setting, "not UTF-8");
}

void SettingReader::address(SettingId host, SettingId port, Address& into) {
  const auto number = this->number(port, 0, std::numeric_limits<std::uint16_t>::max());
  if (number) into.port = static_cast<std::uint16_t>(*number);
  if (!given(host)) return;
  std::string where(text(host) == "localhost" ? "127.0.0.1" : text(host));
  if (where.find(':') != std::string::npos && !where.starts_with('[')) {
    where = std::string("[").append(where).append("]");
  }
  if (const auto address = parse_address(where + ":" + std::to_string(into.port))) {
    into = *address;
  } else {
    wrong(host, "not an IPv4 or IPv6 address");
  }
}

}  // namespace kedge::program
