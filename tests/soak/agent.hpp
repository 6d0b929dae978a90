#pragma once
// One client and the random work it is given.

#include "journal.hpp"
#include "workload.hpp"

#include <kedge/agent_gate.hpp>
#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>

#include <uv.h>

#include <array>
#include <optional>
#include <string>

namespace kedge::soak {

struct AgentOptions {
  unsigned number = 0;
  std::string url;
  std::string ca_file;
  std::uint64_t seed = 1;
  unsigned pace_ms = 50;          ///< from one request to the next, on average
  unsigned patience_ms = 10'000;  ///< usual deadlines are this long, or up to twice as long
};

/// Who hears of what the orchestra waits for.
class AgentEvents {
 public:
  virtual void on_idle() noexcept = 0;     ///< after `stop()`: every request has ended
  virtual void on_fetched() noexcept = 0;  ///< after `fetch()`: the server keeps no row
  virtual void on_closed() noexcept = 0;   ///< after `close()`

 protected:
  ~AgentEvents() = default;
};

/// Lives on the loop's thread. Nothing here throws once it is made.
class Agent {
 public:
  Agent(uv::Loop& loop, Journal& journal, AgentEvents& events, AgentOptions options);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// False when the CA cannot be read.
  [[nodiscard]] bool usable() const noexcept { return usable_; }
  void start() noexcept;
  /// Starts no more requests.
  void stop() noexcept;
  /// Asks for the rows that are left.
  void fetch() noexcept;
  void close() noexcept;

 private:
  enum class Phase : std::uint8_t {
    idle,
    working,
    restarting,
    stopping,
    stopped,
    fetching,
    fetched,
    closing
  };
  struct Recent {
    Handle handle;
    std::uint64_t request = 0;
  };

  void make_client();
  void begin_again() noexcept;
  void arm() noexcept;
  void step() noexcept;
  void ask() noexcept;
  void cancel_one() noexcept;
  void list_something() noexcept;
  void restart() noexcept;
  void ask_for_rows() noexcept;
  void on_state(LinkState state) noexcept;
  void on_end(std::uint64_t request, const Tool& tool, const Outcome& outcome) noexcept;
  void on_rows(const Outcome& outcome) noexcept;
  void tell_when_idle() noexcept;
  [[nodiscard]] std::int64_t deadline_ms(Patience patience);

  uv::Loop& loop_;
  Journal& journal_;
  AgentEvents& events_;
  const AgentOptions options_;
  Random random_;
  uv::Port port_;
  tls::ClientStorage<> tls_;
  agent_gate::Storage<agent_gate::Limits::small()> storage_;
  std::optional<agent_gate::Client> client_;
  uv_timer_t timer_{};
  bool usable_ = true;

  Phase phase_ = Phase::idle;
  bool in_call_ = false;  // a completion inside a call would be a breach
  bool closed_ = false;
  bool stop_wanted_ = false;
  std::uint64_t next_request_;
  std::uint64_t pending_ = 0;
  unsigned fetches_ = 0;
  std::array<Recent, 8> recent_{};
};

}  // namespace kedge::soak
