#pragma once
// Addresses of ours, of the system's, and as text.

#include <kedge/port.hpp>

#include <sys/socket.h>

#include <optional>

namespace kedge::uv {

/// A socket address with its length, as system calls take it.
struct SystemAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] int family() const noexcept { return storage.ss_family; }
};

[[nodiscard]] SystemAddress to_system(const Address& address) noexcept;
/// Nothing for a family that is neither IPv4 nor IPv6.
[[nodiscard]] std::optional<Address> from_system(const sockaddr& address) noexcept;

/// Reads an IPv4 or IPv6 literal (RFC 4291 section 2.2, with an RFC 4007 section 11 `%scope` by interface
/// name or number). Nothing when `host` is a name. Errors: `config` for a scope that names no interface.
[[nodiscard]] Result<std::optional<Address>> parse_literal(const char* host, std::uint16_t port) noexcept;

}  // namespace kedge::uv
