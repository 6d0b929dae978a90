#pragma once
// A client's hidden half at the beginning of its storage, and what it keeps in the rest.

#include "../../base/arena.hpp"

#include <kedge/client.hpp>
#include <kedge/limits.hpp>
#include <kedge/result.hpp>
#include <kedge/storage.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace kedge {

/// An `Impl` that can be destroyed by who knows its base alone.
template <class Impl>
class Placed final : public Impl {
 public:
  using Impl::Impl;
  void destroy() noexcept override { this->~Placed(); }
};

/// Bytes of storage that `Impl` really takes: what storage_bytes() promises to be enough.
template <class Impl>
constexpr std::size_t placement_bytes(const auto& limits) noexcept {
  return sizeof(Placed<Impl>) + alignof(Placed<Impl>) - 1 + Impl::storage_bytes(limits);
}

/// Whether `promise(limits)` is enough, and no more than 64 bytes too much. (Where 64 bits are aligned as 32
/// are, as on a PC of 32 bits, a client takes less than on other machines of that width.)
template <class Impl, auto promise>
constexpr bool is_honest(const auto& limits) noexcept {
  struct Widest {
    std::uint64_t value;
  };
  const std::size_t taken = placement_bytes<Impl>(limits);
  constexpr std::size_t widest = alignof(Widest);
  return promise(limits) >= taken && (promise(limits) <= taken + 64 || widest < 8);
}

/// Whether more of one limit, up to `most`, is promised what it takes: no room of another, and no padding,
/// makes up for a number of kedge/storage.hpp that is too small.
template <class Impl, auto promise, class LimitsType, class Member>
constexpr bool is_covered(Member Limits::*member, Member most) noexcept {
  LimitsType few = LimitsType::tiny();
  LimitsType many = few;
  few.*member = 1;
  many.*member = most;
  return promise(many) - promise(few) >= Impl::storage_bytes(many) - Impl::storage_bytes(few);
}

/// The same for all that have a price of their own.
template <class Impl, auto promise, class LimitsType>
constexpr bool are_covered() noexcept {
  const auto covered = [](auto Limits::*member, auto most) {
    return is_covered<Impl, promise, LimitsType>(member, most);
  };
  // The table of ids has places for a power of two of requests.
  return covered(&Limits::pending_max, std::uint16_t{2049}) &&
         covered(&Limits::outbound_messages_max, std::uint16_t{4096}) &&
         covered(&Limits::reserved_messages_max, std::uint16_t{256}) &&
         covered(&Limits::outbound_bytes, std::uint32_t{1'000'003}) &&
         covered(&Limits::reserved_bytes, std::uint32_t{1'000'003}) &&
         covered(&Limits::credential_bytes_max, std::uint16_t{16384}) &&
         covered(&Limits::inbound_message_bytes_max, std::uint32_t{1'000'003}) &&
         covered(&Limits::read_buffer_bytes, std::uint32_t{1'000'003}) &&
         covered(&Limits::write_buffer_bytes, std::uint32_t{1'000'003}) &&
         covered(&Limits::upgrade_bytes_max, std::uint16_t{0xFFFF}) &&
         covered(&Limits::url_bytes_max, std::uint16_t{8191}) &&
         covered(&Limits::addresses_max, std::uint8_t{255}) &&
         covered(&Limits::mask_pool_bytes, std::uint16_t{0xFFFC});
}

/// Whether a client with these limits fits into the storage; `promise(limits)` is what its protocol says that
/// it needs. Errors: config (limits, or the bytes missing).
template <auto promise = line_storage_bytes>
Result<void> check_placement(const auto& limits, std::span<const std::byte> storage) noexcept {
  if (auto checked = check(limits); !checked) return checked;
  const std::size_t bytes = promise(limits);
  if (storage.size() >= bytes) return {};
  Error error(ErrorKind::config, "the storage has ");
  error.append(static_cast<std::int64_t>(storage.size())).append(" bytes, these limits need ");
  return error.append(static_cast<std::int64_t>(bytes));
}

/// Makes an `Impl(arguments..., limits, arena)` in storage that `check_placement` accepts. To be destroyed by
/// `destroy()`.
template <class Impl, auto promise = line_storage_bytes, class LimitsType, class... Arguments>
Impl* place(const LimitsType& limits, std::span<std::byte> storage, Arguments&&... arguments) noexcept {
  static_assert(is_honest<Impl, promise>(LimitsType::micro()), "client_bytes is too small, or too large");
  static_assert(is_honest<Impl, promise>(LimitsType::tiny()), "client_bytes is too small, or too large");
  static_assert(is_honest<Impl, promise>(LimitsType::small()), "client_bytes is too small, or too large");
  static_assert(is_honest<Impl, promise>(LimitsType::host()), "client_bytes is too small, or too large");
  static_assert(are_covered<Impl, promise, LimitsType>(), "a number of kedge::cost is too small");
  void* at = storage.data();
  std::size_t rest = storage.size();
  using Whole = Placed<Impl>;
  std::align(alignof(Whole), sizeof(Whole), at, rest);
  Arena arena({static_cast<std::byte*>(at) + sizeof(Whole), rest - sizeof(Whole)});
  return new (at) Whole(std::forward<Arguments>(arguments)..., limits, arena);
}

// `check` by value: the address of a Thumb function is odd, and a reference to one is taken for misaligned.
template <class Impl, auto promise, class Config, class LimitsType, class Check>
void Client::make(Port& port, Config&& config, const LimitsType& limits, std::span<std::byte> storage,
                  Check check) noexcept {
  config_error_ = check_placement<promise>(limits, storage).error();
  if (!config_error_) config_error_ = check(config).error();
  if (!config_error_) core_ = place<Impl, promise>(limits, storage, port, std::forward<Config>(config));
}

}  // namespace kedge
