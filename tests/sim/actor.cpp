#include "actor.hpp"

#include "support/memcheck.hpp"
#include "support/spellings.hpp"

#include <algorithm>
#include <cstdlib>

namespace kedge::rig {

using namespace std::chrono_literals;

namespace {

Duration seconds(sim::Rng& rng, int low, int high) {
  return rng.between(Duration(std::chrono::seconds{low}), Duration(std::chrono::seconds{high}));
}

agent_gate::Limits draw_limits(sim::Rng& rng) {
  agent_gate::Limits limits = rng.chance(700) ? agent_gate::Limits::tiny() : agent_gate::Limits::small();
  limits.pending_max = static_cast<std::uint16_t>(rng.between(1, 24));
  limits.outbound_messages_max = static_cast<std::uint16_t>(rng.between(1, 32));
  limits.outbound_block_bytes = pick<std::uint16_t>(rng, {32, 64, 128});
  limits.outbound_bytes = static_cast<std::uint32_t>(rng.between(2, 16) * 1024);
  limits.outbound_message_bytes_max =
      std::min(limits.outbound_bytes, static_cast<std::uint32_t>(rng.between(512, 4096)));
  limits.inbound_message_bytes_max = static_cast<std::uint32_t>(rng.between(1024, 8192));
  limits.read_buffer_bytes = pick<std::uint32_t>(rng, {512, 1024, 4096});
  limits.write_buffer_bytes = pick<std::uint32_t>(rng, {512, 1024, 2048, 4096});
  limits.fragment_bytes_max =
      std::min(pick<std::uint32_t>(rng, {256, 512, 1024}), limits.write_buffer_bytes - 14);
  limits.result_row_bytes_max = static_cast<std::uint32_t>(rng.between(1024, 4096));
  limits.mask_pool_bytes = pick<std::uint16_t>(rng, {4, 64, 256});
  return limits;
}

constexpr std::string_view query_secret = "hush-hush";

}  // namespace

Plan draw_plan(Run& run) {
  sim::Rng& rng = run.rng;
  Plan plan;
  plan.limits = draw_limits(rng);
  plan.tls = rng.chance(500) ? ModelServer::Tls::model : ModelServer::Tls::none;
  if (run.options.real_tls) plan.tls = ModelServer::Tls::real;
  ClientConfig& client = plan.client;
  const bool plain = plan.tls == ModelServer::Tls::none;
  client.url = plain ? "ws://gateway/" : "wss://gateway/";
  if (rng.chance(300)) {
    client.url = plain ? "ws://gateway/?key=hush-hush" : "wss://gateway/?key=hush-hush";
    plan.target = "/?key=hush-hush";
  }
  client.backoff.base = rng.between(Duration(100ms), Duration(2s));
  client.backoff.cap = seconds(rng, 2, 30);
  client.backoff.jitter =
      pick(rng, {Jitter::none, Jitter::equal, Jitter::additive, Jitter::full, Jitter::decorrelated});
  if (rng.chance(150)) client.max_retries = static_cast<std::uint32_t>(rng.between(0, 12));
  client.fatal_policy = rng.chance(200) ? FatalPolicy::stop : FatalPolicy::retry_slowly;
  client.fatal_retry_interval = seconds(rng, 10, 60);
  client.retry_after_max = seconds(rng, 20, 90);
  client.stable_after = seconds(rng, 1, 10);
  for (Duration* timeout : {&client.resolve_timeout, &client.connect_timeout, &client.tls_timeout,
                            &client.upgrade_timeout, &client.authentication_timeout})
    *timeout = seconds(rng, 2, 10);
  client.close_timeout = seconds(rng, 1, 5);
  client.keepalive = {seconds(rng, 4, 30), seconds(rng, 2, 10)};
  if (rng.chance(50)) client.keepalive.interval = Duration::zero();
  return plan;
}

Actor::Actor(Run& run, Chaos& chaos, const Plan& plan, std::uint64_t first_number)
    : run_(run),
      plan_(plan),
      ledger_(run, first_number, chaos.late(), [this](std::string_view words) { look_for_secrets(words); }),
      line_(run, ledger_, *this, plan.client.keepalive, chaos.late()),
      stages_(run, plan.client, chaos.late()),
      life_(run, plan.client, chaos.late()),
      port_(std::make_unique<sim::Port>(run.world)),
      tap_port_(*port_, line_, stages_, plan.tls == ModelServer::Tls::none),
      real_tls_(plan.tls == ModelServer::Tls::real ? std::make_unique<tls::ClientStorage<>>() : nullptr),
      tap_tls_(real_tls_ ? static_cast<TlsLayer&>(real_tls_->client) : model_tls_, line_, stages_) {
  if (real_tls_ && !real_tls_->client.trust(ModelServer::trusted())) std::abort();
}

// Callbacks do not copy, so the plan's cannot be taken whole.
ClientConfig Actor::config() {
  const ClientConfig& from = plan_.client;
  ClientConfig config;
  config.url = from.url;
  config.tls = &tap_tls_;
  config.backoff = from.backoff;
  config.max_retries = from.max_retries;
  config.fatal_policy = from.fatal_policy;
  config.fatal_retry_interval = from.fatal_retry_interval;
  config.retry_after_max = from.retry_after_max;
  config.stable_after = from.stable_after;
  config.resolve_timeout = from.resolve_timeout;
  config.connect_timeout = from.connect_timeout;
  config.tls_timeout = from.tls_timeout;
  config.upgrade_timeout = from.upgrade_timeout;
  config.authentication_timeout = from.authentication_timeout;
  config.close_timeout = from.close_timeout;
  config.keepalive = from.keepalive;
  config.on_state = [this](LinkState state, const Error& error) noexcept {
    life_.on_state(state, error);
    stages_.on_state(state, error);
    look_for_secrets(error.message());
    on_state(state);
    if (state == LinkState::closed) {
      ledger_.over();
    } else if (run_.mishap(30)) {
      call_back();
    }
  };
  config.log_level = LogLevel::debug;  // all lines there are
  config.log = [this](const LogRecord& record) noexcept {
    look_for_secrets(record.message);
    look_for_secrets(record.peer);
  };
  return config;
}

// A query may hold a credential as well.
void Actor::look_for_secrets(std::string_view words) {
  if (tell_tales_.empty()) {
    tell_tales_ = test::tell_tales(secret());
    for (std::string& query : test::tell_tales(query_secret)) tell_tales_.push_back(std::move(query));
  }
  run_.check(!test::shows(words, tell_tales_), "no credential is logged, nor told with a state or a request",
             [&] { return std::string(words); });
}

Request& Actor::any_request() {
  auto& all = ledger_.all();
  return all[static_cast<std::size_t>(run_.rng.between(std::uint64_t{0}, all.size() - 1))];
}

Request& Actor::open_request() {
  const auto& open = ledger_.open();
  return *ledger_.find(open[static_cast<std::size_t>(run_.rng.between(std::uint64_t{0}, open.size() - 1))]);
}

void Actor::call_back() {
  if (depth_ >= 3 || ledger_.is_closing()) return;
  run_.count(Fault::reentry);
  ++depth_;
  do_something(true);
  --depth_;
}

void Actor::close() {
  ledger_.closing();
  life_.closing();
  close_client();
}

void Actor::retry_now() {
  life_.nudged();
  retry_client();
}

void Actor::destroy() {
  run_.note("the client is destroyed");
  ledger_.died();
  destroy_client();
}

void Actor::die() {
  run_.note("the process dies");
  ledger_.died();
  port_.reset();     // the system resets its line
  abandon_client();  // no destructor runs in a process that is killed
  (void)real_tls_.release();
}

void Actor::bury(std::vector<std::byte> storage) {
  static std::vector<std::vector<std::byte>> graves;
  if (test::under_memcheck()) graves.push_back(std::move(storage));
}

void Actor::watch() {
  ledger_.watch();
  // What is being given up already has deadlines of its own.
  if (life_.state() == LinkState::ready && !ledger_.is_closing()) line_.watch();
  life_.watch();
  stages_.watch();
  const Statistics now = statistics();
  watch_statistics(now);
  const Limits& limits = plan_.limits;
  run_.check(ledger_.inside_call() || counts_agree(now), "what is pending is what is open", [&] {
    return std::to_string(now.pending) + " pending, " + std::to_string(now.queued) + " queued, " +
           std::to_string(ledger_.open().size()) + " open";
  });
  run_.check(now.pending <= limits.pending_max &&
                 now.queued <= limits.outbound_messages_max + limits.reserved_messages_max &&
                 now.queued_bytes <= limits.outbound_bytes + limits.reserved_bytes,
             "pools and rings stay below their limits", [&] {
               return std::to_string(now.pending) + " pending, " + std::to_string(now.queued) + " queued";
             });
}

void Actor::watch_queue() {
  if (life_.state() == LinkState::ready && !ledger_.is_closing()) line_.watch_queue(sends_since());
}

// A link that is ready and well sends what it is asked to: nothing waits for ever in the ring.
void Actor::watch_calm(Instant since) {
  const Duration patience = 15s;  // agent-gate's first poll, and a little
  for (const std::uint64_t number : ledger_.open()) {
    const Request& request = *ledger_.find(number);
    run_.check(!line_.waits(request) || run_.world.now() <= after(std::max(since, request.asked), patience),
               "a link that is ready sends what waits", [&] { return "request " + std::to_string(number); });
  }
}

// Counters only grow, and agree with what was seen from outside.
void Actor::watch_statistics(const Statistics& now) {
  static constexpr std::uint64_t Statistics::*counters[] = {&Statistics::attempts,
                                                            &Statistics::connects,
                                                            &Statistics::messages_in,
                                                            &Statistics::messages_out,
                                                            &Statistics::message_bytes_in,
                                                            &Statistics::message_bytes_out,
                                                            &Statistics::stream_bytes_in,
                                                            &Statistics::stream_bytes_out,
                                                            &Statistics::writes,
                                                            &Statistics::reads,
                                                            &Statistics::pings_sent,
                                                            &Statistics::pongs_received,
                                                            &Statistics::discarded_messages,
                                                            &Statistics::protocol_errors,
                                                            &Statistics::requests_started,
                                                            &Statistics::requests_completed,
                                                            &Statistics::requests_timed_out,
                                                            &Statistics::messages_refused,
                                                            &Statistics::messages_expired};
  for (const auto counter : counters) {
    run_.check(now.*counter >= before_.*counter, "counters only grow",
               [&] { return std::to_string(now.*counter) + " after " + std::to_string(before_.*counter); });
  }
  before_ = now;
  const LineCheck::Seen& seen = line_.seen();
  run_.check(now.messages_out == seen.messages_out && now.message_bytes_out == seen.message_bytes_out &&
                 now.pings_sent == seen.pings,
             "what was sent is counted", [&] {
               return std::to_string(now.messages_out) + " messages, seen " +
                      std::to_string(seen.messages_out) + "; " + std::to_string(now.message_bytes_out) +
                      " bytes, seen " + std::to_string(seen.message_bytes_out) + "; " +
                      std::to_string(now.pings_sent) + " pings, seen " + std::to_string(seen.pings);
             });
  run_.check(now.connects == life_.readies(), "each ready is counted",
             [&] { return std::to_string(now.connects) + ", seen " + std::to_string(life_.readies()); });
}

}  // namespace kedge::rig
