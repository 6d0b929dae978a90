#include "header_line.hpp"

#include <algorithm>

namespace kedge::cli {

namespace {

bool same_name(std::string_view name, std::string_view lower) noexcept {
  return std::equal(name.begin(), name.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace

HeaderLine split_header(std::string_view line) noexcept {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  return {line.substr(0, colon), trimmed(line.substr(colon + 1))};
}

std::string why_no_header(std::string_view line, bool on_command_line) {
  const std::string_view name = split_header(line).name;
  if (name.empty()) return "not of the form 'Name: value'";
  if (same_name(name, "authorization"))
    return "Authorization is made by --bearer or --basic, with KEDGE_TOKEN or --token-file";
  if (same_name(name, "proxy-authorization"))
    return "Proxy-Authorization is made of the proxy's URL in the environment";
  if (on_command_line && same_name(name, "cookie"))
    return "a Cookie is a secret, which others could read on a command line: --header @FILE";
  return {};
}

}  // namespace kedge::cli
