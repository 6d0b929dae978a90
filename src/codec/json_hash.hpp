#pragma once
// One hash for all texts of one JSON value, whatever the order of keys, white space, escapes and the notation
// of numbers.
//
// The members of an object are hashed one by one and the hashes added up (mod 2^128), because a sum does not
// depend on the order. The usual way, sorting the keys, needs room for them all or passes over the text for
// each; the sum needs 16 bytes an object. It is safe as each addend is a keyed hash: who does not know the
// key can neither predict a sum nor aim at one.

#include <kedge/json_value.hpp>
#include <kedge/result.hpp>

#include "siphash.hpp"

#include <cstdint>
#include <string_view>

namespace kedge::codec {

/// Most members of one object; finding duplicate keys without memory for them takes time that grows with
/// their square, so it is bounded.
inline constexpr std::uint32_t json_hash_members_max = 4096;

/// The hash of the value in `text`: equal for equal values, and but for a chance of 2^-128 only for those.
///
/// Equal are: objects with equal members in any order, arrays with equal elements in the same order, strings
/// equal when unescaped, numbers of equal value. A number written without fraction and exponent counts
/// exactly, any other as the nearest double: 100000, 1e5 and 100000.0 are one, 9007199254740992 and
/// 9007199254740993 are two; -0 is 0. Takes some 1.2 KiB of stack and 300 bytes for each level of nesting.
/// Errors: protocol (not JSON, a duplicate key, a number beyond a double), too_large (too many members).
Result<Hash128> json_hash(std::string_view text, const HashKey& key, std::uint8_t depth_max) noexcept;
/// The same of a value in a checked text; the depth is checked anew.
Result<Hash128> json_hash(const json::Value& value, const HashKey& key, std::uint8_t depth_max) noexcept;

}  // namespace kedge::codec
