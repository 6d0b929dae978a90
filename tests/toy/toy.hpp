#pragma once
// A protocol of the tests: a hello, and requests that the server echoes. As small as a protocol can be that
// has all of a client's promises, and the place where the fates of requests are tested.
//
//   C: hello TOKEN       S: welcome
//   C: ID TEXT           S: ID TEXT

#include <kedge/client.hpp>
#include <kedge/limits.hpp>
#include <kedge/port.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::toy {

/// As kedge::OnLoss.
enum class Fate : std::uint8_t { fail, keep, resend };

struct Options {
  Fate fate = Fate::fail;
  Duration deadline = std::chrono::seconds{60};
  Duration answer_timeout = Duration::max();  ///< from written
};

class Client : public kedge::Client {
 public:
  Client(Port& port, ClientConfig config, const Limits& limits, std::span<std::byte> storage) noexcept;
  /// Completes with the text. Errors: those of every client's requests.
  Result<Handle> ask(std::string_view text, Completion completion, const Options& options = {}) noexcept;

 private:
  class Impl;
};

}  // namespace kedge::toy
