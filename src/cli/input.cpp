#include "input.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace kedge::cli {

namespace {

Error cannot_read(std::string_view what, const std::string& path, int code) noexcept {
  return Error(ErrorKind::config, what)
      .append(": cannot read ")
      .append(path)
      .append(": ")
      .append(std::strerror(code));
}

}  // namespace

Result<std::string> read_input(std::string_view what, const std::string& path, std::size_t bytes_max) {
  const bool standard_input = path == "-";
  std::FILE* file = standard_input ? stdin : std::fopen(path.c_str(), "re");
  if (file == nullptr) return cannot_read(what, path, errno);
  std::string text(bytes_max + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  const int failed = std::ferror(file) != 0 ? errno : 0;
  if (!standard_input) std::fclose(file);
  if (failed != 0) return cannot_read(what, path, failed);
  return text;
}

}  // namespace kedge::cli
