#pragma once
// Values inside a JSON text that was checked once: views, no tree, no allocation.

#include <kedge/json_text.hpp>
#include <kedge/result.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

namespace kedge::json {

/// What a `Value` is.
enum class Kind : std::uint8_t {
  object,
  array,
  string,
  number,
  boolean,
  null,
  absent,      ///< `find` found no such member
  duplicate,   ///< `find` found the member twice: nobody can know which one is meant
  not_object,  ///< `find` was asked of something else than an object
};
/// "an object", "missing", ...: words for an error. Static storage.
[[nodiscard]] std::string_view to_string(Kind kind) noexcept;

/// A member's name that is known when compiling. It names the member in error texts, hence a literal.
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

/// One value inside a checked text, which it borrows. Some 40 bytes, to be passed by value.
///
/// Lookups chain, and what went wrong on the way is returned by the accessor at the end:
/// `root.find("params").find("tool").as_string(buffer)` says "'params' is missing".
class Value {
 public:
  Value() noexcept = default;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// Whether there is something, be it wrong: false only when `find` found no such member. A duplicate is
  /// present, so that two `error` members are not taken for none; each accessor refuses it.
  [[nodiscard]] bool present() const noexcept { return kind_ != Kind::absent; }
  [[nodiscard]] bool is_null() const noexcept { return kind_ == Kind::null; }
  [[nodiscard]] bool is_object() const noexcept { return kind_ == Kind::object; }
  [[nodiscard]] bool is_array() const noexcept { return kind_ == Kind::array; }
  [[nodiscard]] bool is_string() const noexcept { return kind_ == Kind::string; }
  [[nodiscard]] bool is_number() const noexcept { return kind_ == Kind::number; }
  /// Whether this is a string that, unescaped, is `text`.
  [[nodiscard]] bool equals(std::string_view text) const noexcept;

  /// The value's JSON text, without white space around it; empty when there is no value.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

  /// The member of that name: compared unescaped, byte by byte. Reads the whole object, as a duplicate may
  /// come last; to read many members of a large object, iterate instead.
  [[nodiscard]] Value find(Name name) const noexcept;
  /// The same for a name known only at run time; error texts do not tell the name.
  [[nodiscard]] Value find_text(std::string_view name) const noexcept;

  // All of these: errors of kind protocol when the value is missing, duplicate or of another kind.
  /// The text between the quotes, still escaped.
  [[nodiscard]] Result<std::string_view> as_raw_string() const noexcept;
  /// The string unescaped into `buffer`, or a view of the text when it holds no escape. Errors: too_large.
  [[nodiscard]] Result<std::string_view> as_string(std::span<char> buffer) const noexcept;
  /// Writes the string unescaped. Errors: too_large.
  Result<void> write_string(Sink& sink) const noexcept;
  /// An integer literal, see `to_int64`.
  [[nodiscard]] Result<std::int64_t> as_int64() const noexcept;
  [[nodiscard]] Result<std::uint64_t> as_uint64() const noexcept;
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
  std::string_view raw_key;  ///< between the quotes, still escaped: compare with `key_is`
  Value value;
  [[nodiscard]] bool key_is(std::string_view text) const noexcept { return equals(raw_key, text); }
};

/// Walks the members of an object or the elements of an array, in the text's order.
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

/// The members of an object, in the text's order, duplicates too. Borrows the text.
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

/// The beginning of an object, as far as its members are whole.
struct Prefix {
  Object members;         ///< those that are whole; `find` knows nothing of what is missing
  bool complete = false;  ///< the object was whole after all
};

/// Checks a whole text (`Reader`'s rules) and returns the value in it, which borrows `text`. Errors:
/// protocol, with offset and reason.
[[nodiscard]] Result<Value> parse(std::string_view text, std::uint8_t depth_max) noexcept;

/// Reads the beginning of an object's text that was cut anywhere. A number or a string at the very end is not
/// whole, as more of it may follow. Errors: protocol, when no continuation could make it JSON, or when it
/// does not begin an object.
[[nodiscard]] Result<Prefix> parse_prefix(std::string_view text, std::uint8_t depth_max) noexcept;

}  // namespace kedge::json
