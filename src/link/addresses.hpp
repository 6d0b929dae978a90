#pragma once
// The addresses of one name, in the order in which one attempt tries them.

#include <kedge/port.hpp>
#include <kedge/time.hpp>

#include <cassert>
#include <cstddef>
#include <span>

namespace kedge {

/// How long the TCP connection to one address may take. One that is not the last gets a third of the whole,
/// at least 2 s: on a network that swallows a family's packets the other one is still reached in time.
[[nodiscard]] Duration connect_timeout_of(Duration connect_timeout, bool last) noexcept;

/// What a name resolved to, in memory for so many. Families alternate (RFC 8305 section 4); the address that
/// worked last is the first; of more than there is room for, those come first that the attempt before did not
/// try, so that in a row of failures every one has its turn.
class Addresses {
 public:
  /// `storage` is borrowed: 1 to 255 addresses.
  explicit Addresses(std::span<Address> storage) noexcept : storage_(storage) {}

  /// Begins an attempt: nothing is to be tried before `begin`.
  void reset() noexcept { count_ = next_; }
  /// Takes over what the name resolved to, at most 65,535 in the resolver's order. Returns how many are left
  /// out of this attempt.
  std::size_t begin(std::span<const Address> found) noexcept;
  [[nodiscard]] bool has_next() const noexcept { return next_ < count_; }
  /// The next one to try; only when there is one.
  [[nodiscard]] const Address& next() noexcept {
    assert(has_next());
    return storage_[next_++];
  }
  /// The one that was tried last has led to a server: the next attempt begins with it.
  void worked() noexcept;

 private:
  [[nodiscard]] bool was_tried(const Address& address) const noexcept;
  void choose(std::span<const Address> found) noexcept;

  std::span<Address> storage_;
  std::size_t count_ = 0;
  std::size_t next_ = 0;    // those before it were tried in this attempt, or in the last one
  std::size_t offset_ = 0;  // where the window begins in a list that is longer than the storage
  Address good_;
  bool has_good_ = false;
  bool begins_with_good_ = false;
  bool in_vain_ = false;  // nothing has worked since the last `begin`
};

}  // namespace kedge
