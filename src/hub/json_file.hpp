#pragma once
// A file of JSON that a person wrote, read member by member. What is wrong is said with its place, such as
// "policy file.tools[1].delay_ms", as a std::runtime_error.

#include <kedge/json.hpp>
#include <kedge/time.hpp>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kedge::hub::json_file {

/// "WHERE: WHAT", or WHAT alone when there is no place to name.
[[noreturn]] void fail(const std::string& where, std::string_view what);

/// The text's value, which borrows it. Nested 64 deep at most. json::Value and not cJSON's tree: numbers stay
/// as they are spelled.
[[nodiscard]] json::Value parse(std::string_view text, const std::string& where);

/// Calls `take(name, value, place)` for each member; false from it: the member is not known. A member that is
/// there twice fails. Names are compared as they are spelled, and are views into the text.
void each_member(const json::Value& value, const std::string& where,
                 const std::function<bool(std::string_view, const json::Value&, const std::string&)>& take);
/// Calls `take(value, place)` for each element.
void each_element(const json::Value& value, const std::string& where,
                  const std::function<void(const json::Value&, const std::string&)>& take);

/// The string's value, or none when it is no string.
[[nodiscard]] std::optional<std::string> string_of(const json::Value& value);
[[nodiscard]] std::string text(const json::Value& value, const std::string& where);
[[nodiscard]] bool boolean(const json::Value& value, const std::string& where);
/// From 0 to `max`.
[[nodiscard]] std::uint32_t number(const json::Value& value, const std::string& where, std::uint32_t max);
/// At most a year.
[[nodiscard]] Duration milliseconds(const json::Value& value, const std::string& where);

/// What the string stands for.
template <class Enum>
[[nodiscard]] Enum choice(const json::Value& value, const std::string& where,
                          std::initializer_list<std::pair<std::string_view, Enum>> choices) {
  const std::string given = text(value, where);
  std::string known;
  for (const auto& [name, meaning] : choices) {
    if (name == given) return meaning;
    known += known.empty() ? "" : ", ";
    known += name;
  }
  fail(where, "'" + given + "' is none of " + known);
}

}  // namespace kedge::hub::json_file
