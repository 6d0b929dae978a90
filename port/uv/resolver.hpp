#pragma once
// Name resolution: literals at once, names by getaddrinfo in libuv's threads.

#include "block.hpp"

#include <array>
#include <memory>
#include <span>

namespace kedge::uv {

/// One lookup at a time, as `Port::resolve` promises. getaddrinfo cannot be interrupted, so a cancelled
/// lookup keeps its request until it returns, if ever; the next one takes the other request.
class Resolver {
 public:
  explicit Resolver(Block& block) noexcept;
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  void set_events(PortEvents& events) noexcept { events_ = &events; }
  Result<void> resolve(std::string_view host, std::uint16_t tcp_port) noexcept;
  void cancel() noexcept;
  /// The port is gone: forgets the lookup and closes the handle.
  void abandon() noexcept;

 private:
  static constexpr std::size_t host_bytes_max = 255;

  /// A lookup that libuv has, wanted or not.
  struct Request {
    uv_getaddrinfo_t uv{};
    Resolver* resolver = nullptr;
    bool with_libuv = false;
  };

  Result<void> look_up(const char* host, std::string_view name) noexcept;
  void answer() noexcept;
  void returned(Request& request, int status, const addrinfo* list) noexcept;
  /// All of them; as many as `addresses_` holds where there is no memory for more.
  std::span<Address> collect(const addrinfo* list) noexcept;

  Block& block_;
  PortEvents* events_ = nullptr;
  uv_timer_t answer_timer_{};  // a literal is answered from the loop, too
  std::array<Request, Port::lookups_max> requests_;
  Request* wanted_ = nullptr;
  bool literal_pending_ = false;
  std::uint16_t tcp_port_ = 0;
  std::array<Address, Port::addresses_at_hand> addresses_{};
  std::unique_ptr<Address[]> many_;              // for a name that has more
  std::array<char, host_bytes_max + 1> host_{};  // for the error's words
};

}  // namespace kedge::uv
