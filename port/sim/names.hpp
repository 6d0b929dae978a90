#pragma once
// The simulated name service: a small table.

#include <kedge/port.hpp>

#include <array>
#include <memory>

namespace kedge::sim::detail {

class Names {
 public:
  static constexpr std::size_t name_bytes_max = 253;  // RFC 1035 section 2.3.4, without the last dot
  static constexpr std::size_t addresses_max = 16;

  enum class Answer : std::uint8_t { addresses, failure, silence };
  struct Entry {
    std::array<char, name_bytes_max> name{};
    std::size_t name_size = 0;
    std::array<Address, addresses_max> addresses{};
    std::size_t address_count = 0;
    Duration delay{};
    Answer answer = Answer::failure;
  };

  explicit Names(std::size_t capacity);
  bool set(std::string_view name, Answer answer, std::span<const Address> addresses, Duration delay) noexcept;
  /// The entry, upper and lower case alike, or null.
  [[nodiscard]] const Entry* find(std::string_view name) const noexcept;
  /// Reads an address; the zone of an IPv6 one is the number of an interface.
  [[nodiscard]] static std::optional<Address> literal(std::string_view text) noexcept;

 private:
  std::unique_ptr<Entry[]> entries_;
  std::size_t capacity_;
  std::size_t count_ = 0;
};

}  // namespace kedge::sim::detail
