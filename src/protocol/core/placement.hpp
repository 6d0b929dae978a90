#pragma once
// A client's hidden half at the beginning of its storage, and what it keeps in the rest.

#include "../../base/arena.hpp"

#include <kedge/limits.hpp>
#include <kedge/result.hpp>
#include <kedge/storage.hpp>

#include <cstddef>
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
constexpr std::size_t placement_bytes(const Limits& limits) noexcept {
  return sizeof(Placed<Impl>) + alignof(Placed<Impl>) - 1 + Impl::storage_bytes(limits);
}

/// Whether a client with these limits fits into the storage. Errors: config (limits, or the bytes missing).
inline Result<void> check_placement(const Limits& limits, std::span<const std::byte> storage) noexcept {
  if (auto checked = check(limits); !checked) return checked;
  const std::size_t bytes = storage_bytes(limits);
  if (storage.size() >= bytes) return {};
  Error error(ErrorKind::config, "the storage has ");
  error.append(static_cast<std::int64_t>(storage.size())).append(" bytes, these limits need ");
  return error.append(static_cast<std::int64_t>(bytes));
}

/// Makes an `Impl(arguments..., limits, arena)` in storage that `check_placement` accepts. To be destroyed by
/// `destroy()`.
template <class Impl, class... Arguments>
Impl* place(const Limits& limits, std::span<std::byte> storage, Arguments&&... arguments) noexcept {
  static_assert(sizeof(Placed<Impl>) <= cost::client_bytes,
                "kedge/storage.hpp promises less than a client takes");
  static_assert(storage_bytes(Limits::tiny()) >= placement_bytes<Impl>(Limits::tiny()));
  static_assert(storage_bytes(Limits::small()) >= placement_bytes<Impl>(Limits::small()));
  static_assert(storage_bytes(Limits::host()) >= placement_bytes<Impl>(Limits::host()));
  void* at = storage.data();
  std::size_t rest = storage.size();
  using Whole = Placed<Impl>;
  std::align(alignof(Whole), sizeof(Whole), at, rest);
  Arena arena({static_cast<std::byte*>(at) + sizeof(Whole), rest - sizeof(Whole)});
  return new (at) Whole(std::forward<Arguments>(arguments)..., limits, arena);
}

}  // namespace kedge
