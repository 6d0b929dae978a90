#pragma once
// What of a message or packet a dialect cannot write.

#include <kedge/error.hpp>

#include <string_view>

namespace kedge::btp {

/// Names the field, and says why.
inline Error unfit(std::string_view field, std::string_view why) noexcept {
  return Error(ErrorKind::config, field).append(": ").append(why);
}

}  // namespace kedge::btp
