#pragma once
// A Port of which only the entropy works: counted, predictable, and able to fail.

#include <kedge/port.hpp>

#include <cstddef>

namespace kedge::test {

class EntropyPort final : public Port {
 public:
  bool fails = false;
  int calls = 0;
  std::size_t bytes = 0;

  bool random(std::span<std::byte> out) noexcept override {
    ++calls;
    for (std::byte& byte : out) byte = static_cast<std::byte>(next_++);
    bytes += out.size();
    return !fails;
  }
  void set_events(PortEvents&) noexcept override {}
  Instant now() noexcept override { return Instant{}; }
  std::optional<WallTime> wall_time() noexcept override { return std::nullopt; }
  void arm(Instant) noexcept override {}
  Result<void> resolve(std::string_view, std::uint16_t) noexcept override {
    return Error(ErrorKind::connection, "no resolver here");
  }
  void cancel_resolve() noexcept override {}
  Result<Stream*> connect(const Address&, StreamEvents&) noexcept override {
    return Error(ErrorKind::connection, "no network here");
  }

 private:
  unsigned next_ = 0;
};

}  // namespace kedge::test
