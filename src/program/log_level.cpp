#include "log_level.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <optional>

namespace kedge::program {

namespace {

constexpr const char* variable = "KEDGE_LOG_LEVEL";
constexpr const char* names = "debug, info, warning or error";

std::optional<LogLevel> level_named(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
    if (name == to_string(level)) return level;
  }
  return std::nullopt;
}

}  // namespace

void LogLevelOption::add_to(CLI::App& command) {
  const CLI::Validator known(
      [](const std::string& text) { return level_named(text) ? std::string() : std::string("not ") + names; },
      "LEVEL");
  command
      .add_option("--log-level", text_,
                  std::string("What is told, and all that is worse: ") + names + " [" + variable + ", info]")
      ->check(known);
}

LogLevel LogLevelOption::level() const {
  if (!text_.empty()) return *level_named(text_);
  const char* given = std::getenv(variable);
  if (given == nullptr || *given == '\0') return LogLevel::info;
  const auto level = level_named(given);
  if (!level) throw CLI::ValidationError(variable, std::string("not ") + names);
  return *level;
}

}  // namespace kedge::program
