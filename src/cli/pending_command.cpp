#include "pending_command.hpp"

#include <string_view>

namespace kedge::cli {

namespace {

// As a shell takes it for one word.
std::string quoted(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:@%+,=";
  if (text.find_first_not_of(plain) == std::string_view::npos) return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace

std::string pending_command(const ConnectionOptions& options, bool waits) {
  std::string command = "kedge agent-gate pending";
  if (waits) command += " --retry";
  const auto add = [&command](std::string_view name, std::string_view value) {
    if (!value.empty()) command.append(name).append(quoted(value));
  };
  add(" --url ", std::string_view(options.url).substr(0, options.url.find('?')));
  add(" --ca ", options.ca_file);
  add(" --cert ", options.certificate_file);
  add(" --key ", options.key_file);
  add(" --token-file ", options.token_file);
  return command;
}

}  // namespace kedge::cli
