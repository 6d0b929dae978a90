#pragma once
// Values in a JSON text that was checked once: views, no tree, no allocation.

#include <kedge/json_text.hpp>
#include <kedge/result.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

namespace kedge::json {

/// The kind of a `Value`.
enum class Kind : std::uint8_t {
  object,
  array,
  string,
  number,
  boolean,
  null,
  absent,      ///< `find` found no such member
  duplicate,   ///< `find` found the member twice, so its value is ambiguous
  not_object,  ///< `find` was called on a value that is not an object
};
/// A phrase for an error text, such as "an object" or "missing". Static storage.
[[nodiscard]] std::string_view to_string(Kind kind) noexcept;

/// A member's name known at compile time. Error texts contain it, so it must be a literal.
class Name {
 public:
  consteval Name(const char* literal) : text_(literal) {}
  constexpr Name() noexcept = default;
  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

class Object;
class Array;

/// One value in a checked text, which it borrows. Some 40 bytes; pass it by value.
///
/// You can chain lookups; the accessor at the end returns any error on the way:
/// `root.find("params").find("tool").as_string(buffer)` returns "'params' is missing".
class Value {
 public:
  Value() noexcept = default;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// Whether there is a value, even a wrong one: false only if `find` found no such member. A duplicate is
  /// present, so that two `error` members do not pass for none; every accessor rejects it.
  [[nodiscard]] bool present() const noexcept { return kind_ != Kind::absent; }
  [[nodiscard]] bool is_null() const noexcept { return kind_ == Kind::null; }
  [[nodiscard]] bool is_object() const noexcept { return kind_ == Kind::object; }
  [[nodiscard]] bool is_array() const noexcept { return kind_ == Kind::array; }
  [[nodiscard]] bool is_string() const noexcept { return kind_ == Kind::string; }
  [[nodiscard]] bool is_number() const noexcept { return kind_ == Kind::number; }
  /// Whether this is a string whose unescaped form equals `text`.
  [[nodiscard]] bool equals(std::string_view text) const noexcept;

  /// The value's JSON text, without surrounding white space; empty if there is no value.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

  /// The member of that name, compared unescaped, byte by byte. Reads the whole object, because a duplicate
  /// may come last: to read many members of a large object, iterate instead.
  [[nodiscard]] Value find(Name name) const noexcept;
  /// The same for a name known only at run time; error texts do not contain it.
  [[nodiscard]] Value find_text(std::string_view name) const noexcept;

  // Each of these returns an error of kind `protocol` if the value is missing, duplicate or of another kind.
  /// The text between the quotes, still escaped.
  [[nodiscard]] Result<std::string_view> as_raw_string() const noexcept;
  /// The string unescaped into `buffer`, or a view of the text if it has no escapes.
  /// Errors, also:
  /// - too_large: `buffer` is too small
  [[nodiscard]] Result<std::string_view> as_string(std::span<char> buffer) const noexcept;
  /// Writes the string unescaped.
  /// Errors, also:
  /// - too_large: the sink is full
  Result<void> write_string(Sink& sink) const noexcept;
  /// An integer literal, see `to_int64`; out of range is kind `protocol` too.
  [[nodiscard]] Result<std::int64_t> as_int64() const noexcept;
  [[nodiscard]] Result<std::uint64_t> as_uint64() const noexcept;
  /// The nearest double, see `to_double`; out of range is kind `protocol` too.
  [[nodiscard]] Result<double> as_double() const noexcept;
  [[nodiscard]] Result<bool> as_bool() const noexcept;
  [[nodiscard]] Result<Object> as_object() const noexcept;
  [[nodiscard]] Result<Array> as_array() const noexcept;

 private:
  friend class Object;
  template <class>
  friend class ItemIterator;
  friend Result<Value> parse(std::string_view, std::uint8_t) noexcept;
  explicit Value(std::string_view checked) noexcept;
  [[nodiscard]] Error expected(std::string_view what) const noexcept;

  std::string_view text_;
  Name name_;
  Kind kind_ = Kind::absent;
};

/// A member of an object.
struct Member {
  std::string_view raw_key;  ///< between the quotes, still escaped: compare it with `key_is`
  Value value;
  [[nodiscard]] bool key_is(std::string_view text) const noexcept { return equals(raw_key, text); }
};

/// Iterates over the members of an object or the elements of an array, in the order of the text.
template <class Item>
class ItemIterator {
 public:
  using value_type = Item;
  using difference_type = std::ptrdiff_t;
  ItemIterator() noexcept = default;
  const Item& operator*() const noexcept { return item_; }
  const Item* operator->() const noexcept { return &item_; }
  ItemIterator& operator++() noexcept {
    read();
    return *this;
  }
  void operator++(int) noexcept { read(); }
  bool operator==(std::default_sentinel_t) const noexcept { return ended_; }

 private:
  friend class Object;
  friend class Array;
  explicit ItemIterator(std::string_view text) noexcept : text_(text) { read(); }
  void read() noexcept;
  std::string_view text_;
  std::size_t at_ = 1;
  Item item_;
  bool ended_ = false;
};
template <>
void ItemIterator<Member>::read() noexcept;
template <>
void ItemIterator<Value>::read() noexcept;

/// The members of an object in the order of the text, including duplicates. Borrows the text.
class Object {
 public:
  using Iterator = ItemIterator<Member>;
  Object() noexcept = default;
  [[nodiscard]] Iterator begin() const noexcept { return Iterator(text_); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }
  /// See `Value::find`.
  [[nodiscard]] Value find(Name name) const noexcept;
  [[nodiscard]] Value find_text(std::string_view name) const noexcept;
  /// The JSON text; that of a `Prefix` lacks its end.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  friend class Value;
  friend Result<struct Prefix> parse_prefix(std::string_view, std::uint8_t) noexcept;
  explicit Object(std::string_view text) noexcept : text_(text) {}
  std::string_view text_;
};

/// The elements of an array, in order. Borrows the text.
class Array {
 public:
  using Iterator = ItemIterator<Value>;
  Array() noexcept = default;
  [[nodiscard]] Iterator begin() const noexcept { return Iterator(text_); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  friend class Value;
  explicit Array(std::string_view text) noexcept : text_(text) {}
  std::string_view text_;
};

/// The beginning of an object, up to its last complete member.
struct Prefix {
  Object members;         ///< the complete members; `find` does not see the missing ones
  bool complete = false;  ///< the object was complete
};

/// Checks a whole text by the rules of `Reader` and returns its value, which borrows `text`.
/// Errors:
/// - protocol: not JSON, with offset and reason
[[nodiscard]] Result<Value> parse(std::string_view text, std::uint8_t depth_max) noexcept;

/// Reads the beginning of an object's text that was cut anywhere. A number or a string at the very end counts
/// as incomplete, because more of it may follow.
/// Errors:
/// - protocol: no continuation can make it JSON, or it does not begin an object
[[nodiscard]] Result<Prefix> parse_prefix(std::string_view text, std::uint8_t depth_max) noexcept;

}  // namespace kedge::json
