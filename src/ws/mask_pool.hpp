#pragma once
// Mask keys from random bytes fetched a few KiB at a time: never one system call a frame (RFC 6455
// section 5.3, 10.3).

#include <kedge/port.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace kedge::ws {

class MaskPool {
 public:
  /// `storage` holds the bytes fetched at once: a multiple of 4, at least 4. Borrowed.
  explicit MaskPool(std::span<std::byte> storage) noexcept : storage_(storage), used_(storage.size()) {}

  /// A fresh key; each byte of the pool is used once. False when the port's source failed: nothing may be
  /// sent.
  [[nodiscard]] bool next(Port& port, std::uint32_t& key) noexcept;

 private:
  std::span<std::byte> storage_;
  std::size_t used_;
};

}  // namespace kedge::ws
