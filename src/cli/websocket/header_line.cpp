#include "header_line.hpp"

#include "../../program/byte_order_mark.hpp"
#include "../input.hpp"
#include "../input_messages.hpp"

#include <algorithm>

namespace kedge::cli::websocket {

namespace {

constexpr std::size_t header_file_bytes_max = std::size_t{64} * 1024;

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

Result<std::vector<std::string>> read_headers(const std::vector<std::string>& given,
                                              const program::Patience& patience) {
  std::vector<std::string> headers;
  for (const std::string& each : given) {
    if (!each.starts_with('@')) {
      headers.push_back(each);
      continue;
    }
    const auto text = read_input("--header", each.substr(1), header_file_bytes_max, patience);
    if (!text) return text.error();
    const auto about_file = [&each] {
      return Error(ErrorKind::config, "--header ").append(each).append(": ");
    };
    if (text->size() > header_file_bytes_max) return about_file().append("larger than 64 KiB");
    InputMessages lines(InputMessages::Cut::lines, header_file_bytes_max);
    lines.append(program::without_byte_order_mark(*text));
    lines.end();
    for (auto line = lines.next(); line; lines.drop(), line = lines.next()) {
      if (trimmed(line->text).empty()) continue;
      if (const std::string why = why_no_header(line->text, false); !why.empty())
        return about_file().append(why);
      headers.emplace_back(line->text);
    }
  }
  return headers;
}

std::vector<kedge::websocket::Header> split_headers(const std::vector<std::string>& lines) {
  std::vector<kedge::websocket::Header> headers;
  for (const std::string& line : lines) {
    const HeaderLine header = split_header(line);
    headers.push_back({header.name, header.value});
  }
  return headers;
}

}  // namespace kedge::cli::websocket
