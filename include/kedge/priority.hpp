#pragma once
// The order of waiting messages.

#include <kedge/language.hpp>

#include <cstdint>

namespace kedge {

/// Urgent before normal before low; in the order of sending within each.
enum class Priority : std::uint8_t { urgent, normal, low };

}  // namespace kedge
