#include "json_hash.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "big_integer.hpp"
#include "json_number.hpp"

namespace kedge::codec {
namespace {

// What is hashed, so that "1", 1, [1] and {"1":..} never look alike. Also tells keys and members apart.
enum class Tag : std::uint64_t { null, yes, no, string, integer, binary, array, object, key, member };

SipHash begin(const HashKey& key, Tag tag) noexcept {
  SipHash hash(key);
  hash.update(static_cast<std::uint64_t>(tag));
  return hash;
}

class HashSink final : public Sink {
 public:
  explicit HashSink(SipHash& hash) noexcept : hash_(hash) {}
  bool write(std::span<const std::byte> bytes) noexcept override {
    hash_.update(bytes);
    return true;
  }

 private:
  SipHash& hash_;
};

Hash128 hash_string(std::string_view raw, const HashKey& key, Tag tag) noexcept {
  SipHash hash = begin(key, tag);
  HashSink sink(hash);
  (void)json::unescape(raw, sink);  // cannot fail: the text was checked, and this sink takes everything
  return hash.finish();
}

// Odd mantissa times a power of two: the one form that each double, and each integer that is one, has.
Hash128 hash_binary(bool negative, std::uint64_t mantissa, std::int64_t exponent,
                    const HashKey& key) noexcept {
  SipHash hash = begin(key, Tag::binary);
  const int shift = mantissa == 0 ? 0 : std::countr_zero(mantissa);
  hash.update(mantissa >> shift);
  hash.update(mantissa == 0 ? 0 : static_cast<std::uint64_t>(exponent + shift));
  hash.update(std::uint64_t{negative && mantissa != 0});
  return hash.finish();
}

Hash128 hash_integer(const json::NumberText& number, const HashKey& key) noexcept {
  constexpr unsigned mantissa_bits = 53;
  constexpr unsigned double_bits_max = 1024;
  if (number.integer.size() <= BigInteger::digits_max) {
    BigInteger value;
    for (const char digit : number.integer) value.multiply_add(10, static_cast<std::uint32_t>(digit - '0'));
    if (value.zero()) return hash_binary(false, 0, 0, key);
    const unsigned zeros = value.trailing_zeros();
    if (value.bit_width() - zeros <= mantissa_bits && value.bit_width() <= double_bits_max) {
      return hash_binary(number.negative, value.bits_from(zeros), zeros, key);
    }
  }
  // No double has this value; its digits, which have no leading zero, are its one form.
  SipHash hash = begin(key, Tag::integer);
  hash.update(std::uint64_t{number.negative});
  hash.update(std::as_bytes(std::span(number.integer.data(), number.integer.size())));
  return hash.finish();
}

Result<Hash128> hash_number(std::string_view text, const HashKey& key) noexcept {
  const Result<json::NumberText> number = json::split_number(text);
  if (!number) return number.error();
  if (number->is_integer()) return hash_integer(*number, key);
  const Result<double> value = json::to_double(text);
  if (!value) return value.error();
  const auto bits = std::bit_cast<std::uint64_t>(*value);
  const auto biased = static_cast<std::int64_t>(bits >> 52U & 0x7FFU);
  std::uint64_t mantissa = bits & 0xFFFFFFFFFFFFFU;
  if (biased != 0) mantissa |= std::uint64_t{1} << 52U;
  return hash_binary(bits >> 63U != 0, mantissa, std::max<std::int64_t>(biased, 1) - 1075, key);
}

// Finds equal keys with a table of fixed size: the keys are dealt by hash to as many passes as it takes for
// each pass to fit, in most cases one.
class DuplicateKeys {
 public:
  DuplicateKeys(const json::Object& object, const HashKey& key) noexcept : object_(object), key_(key) {}

  Result<void> check() noexcept {
    std::uint32_t count = 0;
    for (auto member = object_.begin(); member != object_.end(); ++member) {
      if (++count > json_hash_members_max)
        return Error(ErrorKind::too_large, "JSON: an object of too many members");
    }
    if (count < 2) return {};
    // Half full on average, so that a pass overflows once in 10^12; then all are made smaller.
    std::uint32_t passes = (count + slots / 2 - 1) / (slots / 2);
    for (std::uint32_t pass = 0; pass < passes; ++pass) {
      switch (run(pass, passes)) {
        case Found::nothing:
          break;
        case Found::duplicate:
          return Error(ErrorKind::protocol, "JSON: a duplicate key");
        case Found::overflow:
          passes *= 2;
          pass = static_cast<std::uint32_t>(-1);
          break;
      }
    }
    return {};
  }

 private:
  static constexpr std::uint32_t slots = 128;
  enum class Found : unsigned char { nothing, duplicate, overflow };

  Found run(std::uint32_t pass, std::uint32_t passes) noexcept {
    std::uint32_t used = 0;
    for (const json::Member& member : object_) {
      const Hash128 hash = hash_string(member.raw_key, key_, Tag::key);
      if (hash.high % passes != pass) continue;
      const auto end = table_.begin() + used;
      if (std::find(table_.begin(), end, hash.low) != end) return Found::duplicate;
      if (used == slots) return Found::overflow;
      table_[used++] = hash.low;
    }
    return Found::nothing;
  }

  const json::Object& object_;
  const HashKey& key_;
  std::array<std::uint64_t, slots> table_;
};

// A frame of its own, left before the members are entered: else each level of nesting would hold a table.
[[gnu::noinline]] Result<void> check_keys(const json::Object& object, const HashKey& key) noexcept {
  return DuplicateKeys(object, key).check();
}

// What has nothing in it; an error of the value's own when it is missing.
[[gnu::noinline]] Result<Hash128> hash_leaf(const json::Value& value, const HashKey& key) noexcept {
  if (value.is_null()) return begin(key, Tag::null).finish();
  if (value.is_number()) return hash_number(value.text(), key);
  if (value.is_string()) return hash_string(*value.as_raw_string(), key, Tag::string);
  const Result<bool> truth = value.as_bool();
  if (!truth) return truth.error();
  return begin(key, *truth ? Tag::yes : Tag::no).finish();
}

[[gnu::noinline]] Hash128 hash_member(std::string_view raw_key, const Hash128& content,
                                      const HashKey& key) noexcept {
  SipHash hash = begin(key, Tag::member);
  hash.update(hash_string(raw_key, key, Tag::key));
  hash.update(content);
  return hash.finish();
}

void add(Hash128& sum, const Hash128& addend) noexcept {
  sum.low += addend.low;
  sum.high += addend.high + (sum.low < addend.low ? 1U : 0U);
}

// Recurses once for each level of nesting. The error is a member and the leaves are functions of their own,
// as a Result in each frame would treble the stack.
class ValueHash {
 public:
  explicit ValueHash(const HashKey& key) noexcept : key_(key) {}

  Result<Hash128> run(const json::Value& value, std::uint8_t depth_max) noexcept {
    Hash128 hash;
    if (!any(value, depth_max, hash)) return error_;
    return hash;
  }

 private:
  bool any(const json::Value& value, std::uint8_t levels, Hash128& out) noexcept {
    const bool nested = value.is_object() || value.is_array();
    if (!nested) return leaf(value, out);
    if (levels == 0) return fail(Error(ErrorKind::protocol, "JSON: nested too deep"));
    const auto below = static_cast<std::uint8_t>(levels - 1);
    return value.is_object() ? object(value, below, out) : array(value, below, out);
  }

  bool object(const json::Value& value, std::uint8_t levels, Hash128& out) noexcept {
    if (!unique(value)) return false;
    Hash128 sum;
    for (const json::Member& member : members(value)) {
      Hash128 content;
      if (!any(member.value, levels, content)) return false;
      add(sum, hash_member(member.raw_key, content, key_));
    }
    SipHash hash = begin(key_, Tag::object);
    hash.update(sum);
    out = hash.finish();
    return true;
  }

  bool array(const json::Value& value, std::uint8_t levels, Hash128& out) noexcept {
    SipHash hash = begin(key_, Tag::array);
    for (const json::Value& element : elements(value)) {
      Hash128 content;
      if (!any(element, levels, content)) return false;
      hash.update(content);
    }
    out = hash.finish();
    return true;
  }

  // The kind was tested before.
  [[gnu::noinline]] static json::Object members(const json::Value& value) noexcept {
    return *value.as_object();
  }
  [[gnu::noinline]] static json::Array elements(const json::Value& value) noexcept {
    return *value.as_array();
  }

  [[gnu::noinline]] bool unique(const json::Value& value) noexcept {
    const Result<void> checked = check_keys(members(value), key_);
    return checked ? true : fail(checked.error());
  }
  [[gnu::noinline]] bool fail(const Error& error) noexcept {
    error_ = error;
    return false;
  }
  [[gnu::noinline]] bool leaf(const json::Value& value, Hash128& out) noexcept {
    const Result<Hash128> hash = hash_leaf(value, key_);
    if (!hash) return fail(hash.error());
    out = *hash;
    return true;
  }

  const HashKey& key_;
  Error error_;
};

}  // namespace

Result<Hash128> json_hash(const json::Value& value, const HashKey& key, std::uint8_t depth_max) noexcept {
  return ValueHash(key).run(value, depth_max);
}

Result<Hash128> json_hash(std::string_view text, const HashKey& key, std::uint8_t depth_max) noexcept {
  const Result<json::Value> value = json::parse(text, depth_max);
  if (!value) return value.error();
  return json_hash(*value, key, depth_max);
}

}  // namespace kedge::codec
