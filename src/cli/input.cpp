#include "input.hpp"

#include "../program/kept_file.hpp"

namespace kedge::cli {

Result<std::string> read_input(std::string_view what, const std::string& path, std::size_t bytes_max,
                               const program::Patience& patience) {
  program::SecretText text(bytes_max + 1);
  const Error error = program::read_once(path, text, patience).error();
  if (!error) return std::string(text.view());
  const std::string_view at = path == "-" ? " " : " @";  // as it was given
  return Error(error.kind(), what).append(at).append(path).append(": ").append(error.message());
}

}  // namespace kedge::cli
