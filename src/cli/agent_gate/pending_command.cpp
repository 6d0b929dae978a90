#include "pending_command.hpp"

#include "spool.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <string_view>
#include <system_error>

namespace kedge::cli::agent_gate {

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

/// A file as another shell finds it; empty when it was a pipe, which gave what it had.
std::string lasting(const std::string& path) {
  struct stat about {};
  if (path.empty() || ::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return {};
  std::error_code unknown;
  const auto absolute = std::filesystem::absolute(path, unknown);
  return unknown ? path : absolute.string();
}

}  // namespace

std::string pending_command(const Options& options, bool waits) {
  std::string command;
  const auto add = [&command](std::string_view name, std::string_view value) {
    if (!value.empty()) command.append(name).append(quoted(value));
  };
  const auto add_file = [&add](std::string_view name, const std::string& path) { add(name, lasting(path)); };
  if (const char* state = options.spool ? state_home() : nullptr) {
    add("XDG_STATE_HOME=", state);
    command += " ";
  }
  command += "kedge agent-gate pending";
  if (waits) command += " --retry";
  add(" --url ", std::string_view(options.url).substr(0, options.url.find('?')));
  add_file(" --ca ", options.ca_file);
  add_file(" --cert ", options.certificate_file);
  add_file(" --key ", options.key_file);
  add_file(" --token-file ", options.token_file);
  return command;
}

}  // namespace kedge::cli::agent_gate
