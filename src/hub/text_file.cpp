#include "text_file.hpp"

#include <stdexcept>

namespace kedge::hub {

std::unique_ptr<program::SecretText> read_text_file(const std::string& path, std::size_t bytes_max,
                                                    const program::Patience& patience) {
  program::KeptFile file(path, bytes_max);
  const auto prepared = file.prepare(patience);
  if (prepared.error().kind() == ErrorKind::cancelled) throw Interrupted();
  if (!prepared) throw std::runtime_error(std::string(prepared.error().message()));
  auto text = file.read();
  if (!text) throw std::runtime_error(std::string(text.error().message()));
  return std::move(*text);
}

std::unique_ptr<program::SecretText> read_named_file(std::string_view what, const std::string& path,
                                                     const program::Patience& patience) {
  constexpr std::size_t bytes_max = 4 * 1024 * 1024;
  try {
    return read_text_file(path, bytes_max, patience);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(
        std::string("the ").append(what).append(" ").append(path).append(": ").append(error.what()));
  }
}

}  // namespace kedge::hub
