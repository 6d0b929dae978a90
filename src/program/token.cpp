#include "token.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace kedge::program {

namespace {

Error cannot_read(int code) noexcept {
  return Error(ErrorKind::config, "cannot be read: ").append(std::strerror(code));
}

}  // namespace

Result<void> read_token_file(const std::string& path, Secret& token) noexcept {
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return cannot_read(errno);
  // Unbuffered: a copy of the token must not stay behind in stdio's memory.
  std::setvbuf(file, nullptr, _IONBF, 0);
  std::array<char, Secret::bytes_max + 2> text;
  std::size_t size = std::fread(text.data(), 1, text.size(), file);
  // What was read before a failure is a part of the token at most.
  const int failed = std::ferror(file) != 0 ? errno : 0;
  std::fclose(file);
  if (failed != 0) {
    wipe(std::as_writable_bytes(std::span(text)));
    return cannot_read(failed);
  }
  while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r')) --size;
  auto assigned = token.assign(std::string_view(text.data(), size));
  wipe(std::as_writable_bytes(std::span(text)));
  if (!assigned) return assigned;
  if (token.empty()) return Error(ErrorKind::config, "is empty");
  return {};
}

bool token_given(const std::string& file, const char* variable) noexcept {
  const char* value = std::getenv(variable);
  return !file.empty() || (value != nullptr && *value != '\0');
}

Result<void> read_token(const std::string& file, const char* variable, Secret& token) noexcept {
  if (!file.empty()) {
    const auto read = read_token_file(file, token);
    if (read) return {};
    return Error(ErrorKind::config, "the token file ")
        .append(file)
        .append(": ")
        .append(read.error().message());
  }
  if (!token_given(file, variable)) {
    return Error(ErrorKind::config, "no token: set ").append(variable).append(" or give --token-file FILE");
  }
  if (auto assigned = token.assign(std::getenv(variable)); !assigned) {
    return Error(ErrorKind::config, variable).append(": ").append(assigned.error().message());
  }
  return {};
}

}  // namespace kedge::program
