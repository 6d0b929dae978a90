#pragma once
// Files that the command line names, of whatever kind they are.

#include "../program/kept_file.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace kedge::hub {

/// SIGINT or SIGTERM came while somebody's pipe was waited for.
struct Interrupted final : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

/// Reads it. Throws std::runtime_error with the reason, which does not name the file, and Interrupted.
[[nodiscard]] std::unique_ptr<program::SecretText> read_text_file(const std::string& path,
                                                                  std::size_t bytes_max,
                                                                  const program::Patience& patience);

/// The same for a file of configuration, at most 4 MiB; `what` it is, such as "policy file", and its name are
/// in the reason.
[[nodiscard]] std::unique_ptr<program::SecretText> read_named_file(std::string_view what,
                                                                   const std::string& path,
                                                                   const program::Patience& patience);

}  // namespace kedge::hub
