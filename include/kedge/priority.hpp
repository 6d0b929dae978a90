#pragma once
// Which of the waiting messages goes first.

#include <kedge/language.hpp>

#include <cstdint>

namespace kedge {

/// Urgent goes before normal, normal before low; in order within each.
enum class Priority : std::uint8_t { urgent, normal, low };

}  // namespace kedge
