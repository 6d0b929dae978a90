#include "agent.hpp"

#include "program/token.hpp"

#include <cmath>
#include <utility>

namespace kedge::soak {

using namespace std::chrono_literals;

namespace {

// Requests of different clients have different numbers.
constexpr std::uint64_t requests_a_client = 10'000'000;

}  // namespace

Agent::Agent(uv::Loop& loop, Journal& journal, AgentEvents& events, AgentOptions options)
    : loop_(loop),
      journal_(journal),
      events_(events),
      options_(std::move(options)),
      random_(options_.seed * 1000 + options_.number),
      port_(loop),
      next_request_((options_.number + 1) * requests_a_client) {
  uv_timer_init(loop.native(), &timer_);
  timer_.data = this;
  usable_ = tls_.client.trust_file(options_.ca_file.c_str()).ok();
}

void Agent::make_client() {
  agent_gate::Config config;
  config.client.url = options_.url;
  config.client.tls = &tls_.client;
  config.client.credentials = [](Secret& token) noexcept {
    return program::TokenSource("", "KEDGE_TOKEN").give(token);
  };
  config.client.on_state = [this](LinkState state, const Error& error) noexcept {
    if (error) journal_.reason(options_.number, error.message());
    on_state(state);
  };
  // Everything is faster than a device would want it, so that minutes hold what days do. soak.py knows these
  // times.
  config.client.backoff = {.base = 100ms, .cap = 2s};
  // A bit that is changed on the way may be one of the certificate's: that looks like another server.
  config.client.fatal_retry_interval = 1s;
  config.client.stable_after = 2s;
  config.client.connect_timeout = config.client.tls_timeout = 3s;
  config.client.upgrade_timeout = config.client.authentication_timeout = 3s;
  config.client.close_timeout = 1s;
  config.client.keepalive = {.interval = 1500ms, .timeout = 1500ms};
  config.poll_interval_min = 500ms;
  config.poll_interval_max = 4s;
  config.poll_timeout = 4s;
  config.on_unclaimed_row = [this](const agent_gate::ResultRow& row) noexcept {
    journal_.row(options_.number, request_of(row.args), row.too_large ? "too_large" : row.status);
  };
  closed_ = false;
  client_.emplace(port_, std::move(config), storage_);
  journal_.born(options_.number);
}

void Agent::start() noexcept {
  phase_ = Phase::working;
  begin_again();
}

void Agent::begin_again() noexcept {
  client_.reset();
  make_client();
  if (!client_->connect()) journal_.breach(options_.number, 0, "cannot-connect");
  arm();
}

void Agent::stop() noexcept {
  uv_timer_stop(&timer_);
  stop_wanted_ = true;
  if (phase_ == Phase::working) phase_ = Phase::stopping;
  tell_when_idle();
}

void Agent::fetch() noexcept {
  phase_ = Phase::fetching;
  fetches_ = 0;
  ask_for_rows();
}

void Agent::close() noexcept {
  phase_ = Phase::closing;
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), nullptr);
  client_->close();
}

// ---- work

// Exponential gaps: bursts and pauses.
void Agent::arm() noexcept {
  if (phase_ != Phase::working) return;
  const double uniform = static_cast<double>(below(random_, 1'000'000) + 1) / 1'000'000.0;
  const double gap = -std::log(uniform) * options_.pace_ms;
  uv_timer_start(
      &timer_, [](uv_timer_t* self) { static_cast<Agent*>(self->data)->step(); },
      static_cast<std::uint64_t>(gap), 0);
}

void Agent::step() noexcept {
  const std::uint64_t dice = below(random_, 1000);
  in_call_ = true;
  if (dice < 70) {
    cancel_one();
  } else if (dice < 80) {
    list_something();
  } else if (dice < 85) {
    client_->retry_now();
  } else if (dice < 86) {
    restart();
  } else {
    ask();
  }
  in_call_ = false;
  arm();
}

std::int64_t Agent::deadline_ms(Patience patience) {
  if (patience == Patience::brief) return 300 + static_cast<std::int64_t>(below(random_, 1000));
  return options_.patience_ms + static_cast<std::int64_t>(below(random_, options_.patience_ms));
}

void Agent::ask() noexcept {
  const Tool& tool = pick_tool(random_);
  const std::uint64_t request = next_request_++;
  const std::int64_t deadline = deadline_ms(tool.patience);
  agent_gate::RequestOptions request_options;
  request_options.deadline = std::chrono::milliseconds(deadline);
  constexpr Priority priorities[] = {Priority::low, Priority::normal, Priority::normal, Priority::urgent};
  request_options.priority = priorities[below(random_, 4)];
  // Before the call, so that an end can never be written before its start.
  journal_.start(options_.number, request, tool.name, deadline);
  const auto asked = client_->tool_request(
      tool.name, arguments_of(request),
      [this, request, &tool](const Outcome& outcome) noexcept { on_end(request, tool, outcome); },
      request_options);
  if (!asked) return journal_.refused(options_.number, request, to_string(asked.error().kind()));
  ++pending_;
  recent_[static_cast<std::size_t>(request % recent_.size())] = {*asked, request};
}

// Often one that has ended long ago: its handle must be harmless.
void Agent::cancel_one() noexcept {
  const Recent& one = recent_[static_cast<std::size_t>(below(random_, recent_.size()))];
  if (client_->cancel(one.handle)) journal_.cancel(options_.number, one.request);
}

void Agent::list_something() noexcept {
  ++pending_;
  const auto done = [this](const Outcome&) noexcept {
    --pending_;
    tell_when_idle();
  };
  const auto asked = below(random_, 2) == 0 ? client_->list_tools(done) : client_->get_pending_results(done);
  if (!asked) --pending_;
}

// As a process that is started anew, with the same storage.
void Agent::restart() noexcept {
  phase_ = Phase::restarting;
  recent_ = {};
  client_->close();
}

// ---- what comes back

void Agent::on_state(LinkState state) noexcept {
  journal_.state(options_.number, to_string(state));
  if (state != LinkState::closed) return;
  closed_ = true;
  if (phase_ == Phase::closing) return events_.on_closed();
  if (phase_ != Phase::restarting) return journal_.breach(options_.number, 0, "closed-by-itself");
  // A client is not destroyed inside its own callback.
  const auto posted = loop_.post([this]() noexcept {
    if (phase_ != Phase::restarting) return;
    phase_ = stop_wanted_ ? Phase::stopping : Phase::working;
    begin_again();
    tell_when_idle();
  });
  if (!posted) journal_.breach(options_.number, 0, "no-room-to-post");
}

void Agent::on_end(std::uint64_t request, const Tool& tool, const Outcome& outcome) noexcept {
  if (in_call_) journal_.breach(options_.number, request, "completed-inside-a-call");
  if (closed_) journal_.breach(options_.number, request, "completed-after-closed");
  if (outcome.ok()) {
    const bool right = tool.answer == Answer::echo    ? outcome.text() == arguments_of(request)
                       : tool.answer == Answer::sized ? outcome.data.size() == sized_bytes
                                                      : false;
    if (!right) journal_.breach(options_.number, request, "wrong-answer");
  }
  journal_.end(options_.number, request, to_string(outcome.error.kind()), outcome.error.code());
  --pending_;
  tell_when_idle();
}

void Agent::tell_when_idle() noexcept {
  if (phase_ != Phase::stopping || pending_ != 0) return;
  phase_ = Phase::stopped;
  events_.on_idle();
}

// The first answer hands out what is left; the next one must have nothing.
void Agent::ask_for_rows() noexcept {
  const auto asked =
      client_->get_pending_results([this](const Outcome& outcome) noexcept { on_rows(outcome); });
  if (!asked) journal_.breach(options_.number, 0, "cannot-fetch");
}

void Agent::on_rows(const Outcome& outcome) noexcept {
  // A line that swallows everything is noticed only now: the question goes with it, and is asked again.
  if (outcome.error.kind() == ErrorKind::connection) return ask_for_rows();
  if (!outcome.ok()) return journal_.breach(options_.number, 0, "fetch-failed");
  if (++fetches_ < 2) return ask_for_rows();
  if (!outcome.text().starts_with("{\"rows\":0,"))
    return journal_.breach(options_.number, 0, "rows-without-end");
  phase_ = Phase::fetched;
  events_.on_fetched();
}

}  // namespace kedge::soak
