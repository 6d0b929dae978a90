#include "authentication.hpp"
#include "impl.hpp"
#include "messages.hpp"

#include <algorithm>
#include <array>
#include <utility>

// The line's life: authentication, the first poll of the process, polls after a loss, the end.

namespace kedge::agent_gate {

namespace {

LinkOptions link_options() noexcept {
  LinkOptions options;
  // A reply with the results of many requests may be larger than any buffer, and the server has deleted them.
  options.too_large = ws::TooLarge::stream;
  options.needs_credential = true;
  return options;
}

}  // namespace

Client::Impl::Impl(Port& port, Config config, const Limits& limits, Arena& arena) noexcept
    : limits_(limits),
      on_unclaimed_row_(std::move(config.on_unclaimed_row)),
      pool_(limits, arena),
      rows_(arena.take<char>(limits.result_row_bytes_max), limits.json_depth_max, *this),
      link_(port, std::move(config.client), link_options(), limits, arena, *this),
      schedule_({config.poll_timeout, config.poll_interval_min, config.poll_interval_max}) {}

void Client::Impl::close() noexcept {
  if (closed_) return;
  closed_ = true;
  // Now, not when the server has said goodbye: nobody has to wait for that.
  pool_.fail_all_later(Error(ErrorKind::closed, "the client was closed"));
  link_.close();
}

Result<void> Client::Impl::on_attempt(const Secret&, ws::UpgradeExtras&) noexcept {
  return {};
}

void Client::Impl::on_open(const Secret& secret) noexcept {
  secret_ = &secret;
  authenticated_ = false;
  poll_entry_ = {};
  OutboundOptions options;
  options.reserved = true;
  OutboundRing& ring = link_.ring();
  const auto written = encode_auth(ring.begin(options), secret.reveal());
  if (!written && written.error().kind() == ErrorKind::config) {
    ring.abandon();
    return link_.fail_connection(Error(ErrorKind::authentication, "the token is not UTF-8"));
  }
  if (auto queued = ring.commit(); !queued) {
    return link_.fail_connection(Error(ErrorKind::config, "the token does not fit reserved_bytes"));
  }
  link_.wake();
}

// What lies at the server when this process comes first belongs to earlier ones: it is fetched before any
// request of ours goes out, so that no row of theirs is taken for an answer.
void Client::Impl::on_ready() noexcept {
  authenticated_ = true;
  polled_ = false;
  if (!drained_) link_.hold_user_messages();
  const Instant now = link_.port().now();
  schedule_.start(now);
  poll(now);
}

void Client::Impl::poll(Instant now) noexcept {
  if (polled_ && !waits_for_rows()) return schedule_.stop();
  // One that is still in the ring will ask for this one too.
  if (poll_entry_) return schedule_.postpone(now);
  if (auto seeded = seed(); !seeded) {
    link_.log(LogLevel::warning, "error", seeded.error().message());
    return schedule_.postpone(now);
  }
  const std::uint64_t id = ids_.take();
  OutboundOptions options;
  options.reserved = true;
  options.tag = static_cast<std::uint32_t>(id);
  OutboundRing& ring = link_.ring();
  (void)encode_call(ring.begin(options), "get_pending_results", id);  // what fails here, fails in commit
  const auto queued = ring.commit();
  if (!queued) {
    link_.log(LogLevel::warning, "error", queued.error().message());
    return schedule_.postpone(now);
  }
  poll_entry_ = *queued;
  polled_ = true;
  if (!drained_) first_poll_ = id;
  schedule_.asked(now, id);
  link_.wake();
}

void Client::Impl::drained() noexcept {
  if (drained_) return;
  drained_ = true;
  link_.release_user_messages();
}

bool Client::Impl::waits_for_rows() noexcept {
  if (!drained_) return true;
  bool waits = false;
  pool_.for_each([&waits](Handle, const PendingPool::Request& request) noexcept {
    waits = waits || lost_with_its_line(request.kind);
  });
  return waits;
}

void Client::Impl::on_lost(const Error&) noexcept {
  authenticated_ = false;
  first_poll_ = 0;
  poll_entry_ = {};
  schedule_.stop();
  pool_.for_each([](Handle, PendingPool::Request& request) noexcept {
    const bool tool = request.kind == static_cast<std::uint32_t>(Method::tool_request);
    if (tool && request.sent) request.kind = static_cast<std::uint32_t>(Method::tool_request_of_lost_line);
  });
  fail_unanswerable();
}

// Questions that were asked on the line that is lost, and that no row answers.
void Client::Impl::fail_unanswerable() noexcept {
  const Error why(ErrorKind::connection, "the line was lost before the answer came");
  std::array<Handle, 16> some;  // a visit must not change the pool
  std::size_t count = 0;
  do {
    count = 0;
    pool_.for_each([&](Handle handle, const PendingPool::Request& request) noexcept {
      if (!request.sent || is_tool_request(request.kind) || count == some.size()) return;
      some[count++] = handle;
    });
    for (std::size_t i = 0; i < count; ++i) pool_.fail_later(some[i], why);
  } while (count == some.size());
}

void Client::Impl::on_stopped(const Error& why) noexcept {
  closed_ = true;
  authenticated_ = false;
  schedule_.stop();
  pool_.fail_all_later(why);
}

Severity Client::Impl::classify(const Error& error, Severity general) noexcept {
  return agent_gate::classify(error, general);
}

void Client::Impl::on_turn(Instant now) noexcept {
  if (authenticated_) {
    if (schedule_.give_up(now)) {
      link_.log(LogLevel::warning, "timeout", "get_pending_results was not answered");
      drained();
    }
    if (schedule_.due(now)) poll(now);
  }
  requests_.deliver(now);
}

Instant Client::Impl::next_deadline() const noexcept {
  return std::min(pool_.next_deadline(), authenticated_ ? schedule_.next_deadline() : never);
}

}  // namespace kedge::agent_gate
