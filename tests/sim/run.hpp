#pragma once
// One run of the simulator: everything in it comes from one seed.

#include "history.hpp"

#include <kedge/port_sim.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace kedge::rig {

/// What the simulator does to a client, counted so that the report can say that it happened.
enum class Fault : std::uint8_t {
  rough_line,       ///< latency, split and merged reads, partial writes, of a connection
  reset,            ///< a line cut with a reset
  silence,          ///< a line that dies without a word
  orderly_end,      ///< a line that ends without a closing handshake
  refused,          ///< attempts refused, never answered, without a route
  name_failure,     ///< the name is unknown, or its lookup never answers
  tls_failure,      ///< a TLS handshake that fails, stalls, or shows a bad certificate
  upgrade_failure,  ///< an upgrade refused, garbled, or never answered
  accept_close,     ///< a server that accepts and closes at once
  peer_close,       ///< a close frame in the middle of work
  authentication,   ///< a token refused, or auth never answered
  server_restart,
  client_restart,  ///< the client's process dies and comes back
  client_close,    ///< the user closes, and starts another client
  token_rotation,
  late_answer,
  double_answer,
  wrong_id,
  malformed,  ///< messages that are no answer at all
  oversized,  ///< answers and rows over the client's limits
  wall_jump,
  random_failure,
  call_failure,       ///< a port call that fails
  full,               ///< a request refused because a pool or the ring was full
  reentry,            ///< a handler that called back into the client
  wrong_fulfillment,  ///< a packet's answer that does not open its condition
  ids_around,         ///< ids of requests that began again from 1
  proxy_answer,       ///< a line that was ready is cut, and a proxy answers the next upgrades in HTTP
  endless_hint,       ///< a server that asks to be left alone for a century
  unreadable_answer,  ///< an answer with a good id that is no JSON, too deep, or says two things
  lost_answer,  ///< the answer of a tool that needs no approval, on a line that is gone: no row tells of it
  slot_held,    ///< turned away, as the agent before has only just left
  peer_says_1009,    ///< a message that is too large for the peer
  cut_message,       ///< a line that ends in the middle of a message
  bad_frame,         ///< bytes that break the rules of the framing, or text that is not UTF-8
  flood,             ///< many messages at once
  paused,            ///< a user who stops reading
  dry_source,        ///< a source that has nothing for now, or for good
  bad_source,        ///< a source that fails, or breaks its word
  client_destroyed,  ///< in whatever state
};
inline constexpr std::size_t fault_kinds = 40;
[[nodiscard]] std::string_view to_string(Fault fault) noexcept;

/// What several runs have done.
struct Tally {
  std::uint64_t runs = 0;
  std::uint64_t steps = 0;
  std::uint64_t requests = 0;
  std::uint64_t answered = 0;  ///< with a result
  std::uint64_t attempts = 0;
  std::uint64_t readies = 0;
  std::uint64_t rows = 0;
  std::array<std::uint64_t, fault_kinds> faults{};

  Tally& operator+=(const Tally& other) noexcept;
};

struct Options {
  bool verbose = false;             ///< prints notes and requests as they come
  bool real_tls = false;            ///< mbedTLS at both ends instead of the model
  std::chrono::minutes length{10};  ///< of the whole run, see play.cpp
};

/// The world, the choices and the verdict of one seed.
class Run {
 public:
  Run(std::uint64_t seed, const Options& options);

  /// A rule was broken: the first breach ends the run.
  void broke(std::string_view rule, const std::string& detail);
  /// Checks a rule; `detail` is only made when it is broken.
  template <class Detail>
  void check(bool holds, std::string_view rule, Detail&& detail) {
    if (!holds) broke(rule, detail());
  }
  [[nodiscard]] bool broken() const noexcept { return !rule_.empty(); }
  [[nodiscard]] const std::string& rule() const noexcept { return rule_; }
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
  /// The step of the world at which it was broken.
  [[nodiscard]] std::uint64_t step() const noexcept { return step_; }

  void count(Fault fault) noexcept { ++tally.faults[static_cast<std::size_t>(fault)]; }
  /// Adds a line to the trace.
  void note(const std::string& text) noexcept;
  /// Adds to what is known of a request.
  void record(HistoryEvent event);
  [[nodiscard]] const History& history() const noexcept { return history_; }
  [[nodiscard]] Instant began() const noexcept { return began_; }
  /// From now on nothing fails any more.
  void calm() noexcept { calm_ = true; }
  [[nodiscard]] bool is_calm() const noexcept { return calm_; }
  /// True `permille` times in a thousand, never when calm.
  [[nodiscard]] bool mishap(std::uint32_t permille) noexcept { return !calm_ && rng.chance(permille); }

  const std::uint64_t seed;
  const Options options;
  sim::World world;
  sim::Rng rng;  ///< the scenario's choices: apart from the world's, so that one does not shift the other
  Tally tally;

 private:
  void say(const std::string& text) const noexcept;

  Instant began_;
  History history_;
  std::string rule_;
  std::string detail_;
  std::uint64_t step_ = 0;
  bool calm_ = false;
};

/// One of them, each as likely.
template <class T>
[[nodiscard]] T pick(sim::Rng& rng, std::initializer_list<T> of) {
  return of.begin()[rng.between(std::uint64_t{0}, of.size() - 1)];
}

/// Milliseconds since the world began, for messages.
[[nodiscard]] std::string moment(const Run& run, Instant when);

}  // namespace kedge::rig
