#include "journal.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <string>

namespace kedge::program {

bool is_journal(int descriptor) noexcept {
  const char* named = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (named == nullptr || ::fstat(descriptor, &status) != 0) return false;
  return std::to_string(status.st_dev).append(":").append(std::to_string(status.st_ino)) == named;
}

std::string_view journal_priority(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug:
      return "<7>";
    case LogLevel::info:
      return "<6>";
    case LogLevel::warning:
      return "<4>";
    case LogLevel::error:
      return "<3>";
  }
  return "<6>";
}

}  // namespace kedge::program
