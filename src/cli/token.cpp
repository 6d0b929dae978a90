#include "token.hpp"

#include "../program/token.hpp"

namespace kedge::cli {

Result<void> read_token(const std::string& file, Secret& token) noexcept {
  return program::read_token(file, token_variable, token);
}

}  // namespace kedge::cli
