#pragma once
// A port that gives the same random bytes each time and has nothing else.

#include <kedge/port.hpp>

#include <algorithm>

namespace kedge::fuzz {

class FixedPort final : public Port {
 public:
  void set_events(PortEvents&) noexcept override {}
  [[nodiscard]] Instant now() noexcept override { return Instant{std::chrono::seconds{1}}; }
  [[nodiscard]] std::optional<WallTime> wall_time() noexcept override { return std::nullopt; }
  [[nodiscard]] bool random(std::span<std::byte> out) noexcept override {
    std::fill(out.begin(), out.end(), std::byte{0x5A});
    return true;
  }
  void arm(Instant) noexcept override {}
  Result<void> resolve(std::string_view, std::uint16_t) noexcept override { return nothing(); }
  void cancel_resolve() noexcept override {}
  Result<Stream*> connect(const Address&, StreamEvents&) noexcept override { return nothing(); }

 private:
  static Error nothing() noexcept { return {ErrorKind::connection, "this port leads nowhere"}; }
};

}  // namespace kedge::fuzz
