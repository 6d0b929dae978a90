#include "authentication.hpp"
#include "impl.hpp"
#include "messages.hpp"

#include <algorithm>
#include <optional>
#include <utility>

// The line's life: authentication, the first poll of the process, polls after a loss, the end.

namespace kedge::agent_gate {

// A reply with the results of many requests may be larger than any buffer, and the server has deleted them. A
// row of it is kept where it came in.
static CoreOptions core_options(const Limits& limits) noexcept {
  return {.link = {.too_large = ws::TooLarge::stream,
                   .needs_credential = true,
                   .keeps_queued = true,
                   .inbound_bytes_min = limits.result_row_bytes_max},
          .names = method_names};
}

static std::span<char> row_memory(std::span<std::byte> inbound, std::size_t row_bytes_max) noexcept {
  return {reinterpret_cast<char*>(inbound.data()), row_bytes_max};
}

Client::Impl::Impl(Port& port, Config&& config, const Limits& limits, Arena& arena) noexcept
    : ClientCore(port, std::move(config.client), core_options(limits), limits, arena),
      limits_(limits),
      on_unclaimed_row_(std::move(config.on_unclaimed_row)),
      row_keys_(arena.take<RowKey>(limits.pending_max)),
      rows_(row_memory(link_.inbound_memory(), limits.result_row_bytes_max), limits.json_depth_max, *this),
      schedule_({config.poll_timeout, config.poll_interval_min, config.poll_interval_max}),
      drained_(!config.fetch_at_ready),
      fetch_at_ready_(config.fetch_at_ready) {}

// The server deletes what a poll is answered with: what it is about to say is waited for, and handed up.
void Client::Impl::on_close() noexcept {
  std::size_t count = 0;
  const auto waits = [&](std::uint64_t id) noexcept {
    if (id != 0 && count < last_polls_.size()) last_polls_[count++] = id;
  };
  if (!link_.ring().cancel(poll_entry_)) waits(schedule_.under_way());
  schedule_.stop();
  pool_.for_each([&](Handle, const PendingPool::Request& request) noexcept {
    const bool left = request.sent || link_.ring().begun(request.outbound);
    if (left && is(request, Method::get_pending_results)) waits(request.id);
  });
}

bool Client::Impl::finishing() const noexcept {
  return is_accepted() &&
         std::any_of(last_polls_.begin(), last_polls_.end(), [](auto id) { return id != 0; });
}

void Client::Impl::on_open(const Opened& opened) noexcept {
  poll_entry_ = {};
  authenticate(MessageType::text, "auth", {},
               [&](Sink& sink) { return encode_auth(sink, opened.secret.reveal()); });
}

// What lies at the server when this process comes first belongs to earlier ones: it is fetched before any
// request of ours goes out, so that no row of theirs is taken for an answer.
void Client::Impl::on_ready() noexcept {
  polled_ = false;
  if (!drained_) link_.hold_user_messages();
  const Instant now = link_.port().now();
  schedule_.start(now);
  poll(now);
}

void Client::Impl::poll(Instant now) noexcept {
  if ((polled_ || !fetch_at_ready_) && !waits_for_rows()) return schedule_.stop();
  // One that is still in the ring will ask for this one too.
  if (poll_entry_) return schedule_.postpone(now);
  if (auto seeded = seed(); !seeded) {
    link_.log(LogLevel::warning, "error", seeded.error().message());
    return schedule_.postpone(now);
  }
  const std::uint64_t id = ids_.take();
  // What fails here, fails in commit.
  (void)encode_call(begin_own(MessageType::text), "get_pending_results", id);
  const auto queued = commit_own("get_pending_results", id);
  if (!queued) {
    link_.log(LogLevel::warning, "error", queued.error().message());
    return schedule_.postpone(now);
  }
  poll_entry_ = *queued;
  if (!polled_) polled_at_ = now;
  polled_ = true;
  if (!drained_) first_poll_ = id;
  schedule_.asked(now, id);
}

// A poll of ours was answered, or will not be.
void Client::Impl::poll_over() noexcept {
  limit_waits_for_rows();
  if (drained_) return;
  drained_ = true;
  link_.release_user_messages();
}

// Since the first poll after the loss it is counted how long a row is worth waiting for; what that poll found
// counts in any case.
void Client::Impl::limit_waits_for_rows() noexcept {
  pool_.for_each([this](Handle handle, PendingPool::Request& request) noexcept {
    Duration& after_loss = row_keys_[handle.index].after_loss;
    if (!request.lost || after_loss == Duration::max()) return;
    const Duration wait = std::exchange(after_loss, Duration::max());
    const Instant until = std::max(link_.port().now(), after(polled_at_, wait));
    if (until >= request.deadline) return;
    request.given_up = true;
    pool_.set_deadline(handle, until);
  });
}

bool Client::Impl::waits_for_rows() noexcept {
  if (!drained_) return true;
  bool waits = false;
  pool_.for_each(
      [&waits](Handle, const PendingPool::Request& request) noexcept { waits = waits || request.lost; });
  return waits;
}

void Client::Impl::on_lost(const Error& why) noexcept {
  first_poll_ = 0;
  poll_entry_ = {};
  schedule_.stop();
  ClientCore::on_lost(why);
}

void Client::Impl::on_stopped(const Error& why) noexcept {
  schedule_.stop();
  ClientCore::on_stopped(why);
}

Judgement Client::Impl::judge(const Ending& ending, const Judgement& usual) noexcept {
  return agent_gate::judge(ending, usual);
}

void Client::Impl::on_turn(Instant now) noexcept {
  if (is_accepted()) {
    if (schedule_.give_up(now)) {
      link_.log(LogLevel::warning, "timeout", "get_pending_results was not answered");
      poll_over();
    }
    if (schedule_.due(now)) poll(now);
  }
  ClientCore::on_turn(now);
}

Instant Client::Impl::next_deadline() const noexcept {
  return std::min(ClientCore::next_deadline(), is_accepted() ? schedule_.next_deadline() : never);
}

}  // namespace kedge::agent_gate
