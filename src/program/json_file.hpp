#pragma once
// A file of JSON that a person wrote: cJSON's tree of it, read member by member. What is wrong is said with
// its place, such as "policy file.tools[1].delay_ms", as a std::runtime_error.

#include <kedge/json_tree.hpp>
#include <kedge/json_value.hpp>
#include <kedge/time.hpp>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::program::json_file {

/// "WHERE: WHAT", or WHAT alone when there is no place to name.
[[noreturn]] void fail(const std::string& where, std::string_view what);

struct Member;

/// A value of a file, which it borrows.
///
/// It is a tree's, and beside that a json::Value of the same place for what a tree does not keep: how
/// something is spelled. To cJSON 5e3, 5000.0 and 5000 are one number, 2^53 + 1 is 2^53, and a result that is
/// to be sent as it was written (1.50) is none that could be.
class Value {
 public:
  [[nodiscard]] bool is_object() const noexcept;
  [[nodiscard]] bool is_array() const noexcept;
  [[nodiscard]] bool is_string() const noexcept;
  [[nodiscard]] bool is_boolean() const noexcept;
  [[nodiscard]] bool is_true() const noexcept;
  [[nodiscard]] bool is_null() const noexcept;
  /// A number that is written as digits alone.
  [[nodiscard]] bool is_whole_number() const noexcept;
  /// Of a string; empty for what is none. Wiped with the file, when that holds secrets.
  [[nodiscard]] std::string_view string() const noexcept;
  /// As it was written: JSON text, a view into that of the file.
  [[nodiscard]] std::string_view spelling() const noexcept { return spelled_.text(); }

  /// In the text's order. None when it is no object.
  [[nodiscard]] std::vector<Member> members() const;
  /// None when it is no array.
  [[nodiscard]] std::vector<Value> elements() const;

 private:
  friend class File;
  Value(const cJSON& node, json::Value spelled) noexcept : node_(&node), spelled_(spelled) {}

  const cJSON* node_;
  json::Value spelled_;
};

struct Member {
  std::string_view name;
  std::string_view spelled_name;  ///< for a place: escapes are as they were written
  Value value;
  bool is_repeated;  ///< the name was there before
};

/// A text's tree. The text is borrowed.
class File {
 public:
  [[nodiscard]] Value root() const noexcept { return {*tree_.root(), spelled_}; }

 private:
  friend File parse(std::string_view text, const std::string& where, json::TreeContent content);
  File(json::Tree tree, json::Value spelled) noexcept : tree_(std::move(tree)), spelled_(spelled) {}

  json::Tree tree_;
  json::Value spelled_;
};

/// Reads a text that is nested 64 deep at most. What is no JSON fails, and what json::parse_tree refuses.
[[nodiscard]] File parse(std::string_view text, const std::string& where,
                         json::TreeContent content = json::TreeContent::plain);

/// Calls `take(name, value, place)` for each member; false from it: the member is not known. A member that is
/// there twice fails. Names are views into the file's tree.
void each_member(const Value& value, const std::string& where,
                 const std::function<bool(std::string_view, const Value&, const std::string&)>& take);
/// Calls `take(value, place)` for each element.
void each_element(const Value& value, const std::string& where,
                  const std::function<void(const Value&, const std::string&)>& take);

[[nodiscard]] std::string text(const Value& value, const std::string& where);
[[nodiscard]] bool boolean(const Value& value, const std::string& where);
/// From 0 to `max`.
[[nodiscard]] std::uint32_t number(const Value& value, const std::string& where, std::uint32_t max);
/// At most a year.
[[nodiscard]] Duration milliseconds(const Value& value, const std::string& where);

/// What the string stands for.
template <class Enum>
[[nodiscard]] Enum choice(const Value& value, const std::string& where,
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

}  // namespace kedge::program::json_file
