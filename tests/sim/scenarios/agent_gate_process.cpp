#include "agent_gate_process.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace kedge::rig {

using namespace std::chrono_literals;

namespace {

template <class T>
T pick(sim::Rng& rng, std::initializer_list<T> of) {
  return of.begin()[rng.between(std::uint64_t{0}, of.size() - 1)];
}

Duration seconds(sim::Rng& rng, int low, int high) {
  return rng.between(Duration(std::chrono::seconds{low}), Duration(std::chrono::seconds{high}));
}

}  // namespace

AgentPlan draw_plan(Run& run) {
  sim::Rng& rng = run.rng;
  AgentPlan plan;
  Limits& limits = plan.limits = rng.chance(700) ? Limits::tiny() : Limits::small();
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

  plan.tls = rng.chance(500) ? ModelServer::Tls::model : ModelServer::Tls::none;
  if (run.options.real_tls) plan.tls = ModelServer::Tls::real;
  ClientConfig& client = plan.client;
  client.url = plan.tls == ModelServer::Tls::none ? "ws://gateway/" : "wss://gateway/";
  client.backoff.base = rng.between(Duration(100ms), Duration(2s));
  client.backoff.cap = seconds(rng, 2, 30);
  client.backoff.jitter =
      pick(rng, {Jitter::none, Jitter::equal, Jitter::additive, Jitter::full, Jitter::decorrelated});
  if (rng.chance(150)) client.max_retries = static_cast<std::uint32_t>(rng.between(0, 12));
  client.fatal_policy = rng.chance(200) ? FatalPolicy::stop : FatalPolicy::retry_slowly;
  client.fatal_retry_interval = seconds(rng, 10, 60);
  client.stable_after = seconds(rng, 1, 10);
  for (Duration* timeout : {&client.resolve_timeout, &client.connect_timeout, &client.tls_timeout,
                            &client.upgrade_timeout, &client.authentication_timeout})
    *timeout = seconds(rng, 2, 10);
  client.close_timeout = seconds(rng, 1, 5);
  client.keepalive = {seconds(rng, 4, 30), seconds(rng, 2, 10)};
  if (rng.chance(50)) client.keepalive.interval = Duration::zero();
  plan.polls_by_hand = rng.chance(300);
  return plan;
}

AgentProcess::AgentProcess(Run& run, Chaos& chaos, AgentGateServer& server, const AgentPlan& plan,
                           std::uint64_t first_number, std::uint64_t first_nonce)
    : run_(run),
      server_(server),
      plan_(plan),
      ledger_(run, first_number, chaos.late()),
      line_(run, ledger_, *this, plan.client.keepalive, chaos.late()),
      life_(run, plan.client, chaos.late()),
      port_(std::make_unique<sim::Port>(run.world)),
      tap_port_(*port_, line_, plan.tls == ModelServer::Tls::none),
      real_tls_(plan.tls == ModelServer::Tls::real ? std::make_unique<tls::ClientStorage<>>() : nullptr),
      tap_tls_(real_tls_ ? static_cast<TlsLayer&>(real_tls_->client) : model_tls_, line_),
      storage_(storage_bytes(plan.limits)),
      token_(server.token()),
      nonce_(first_nonce) {
  if (real_tls_ && !real_tls_->client.trust(ModelServer::trusted())) std::abort();
  start();
}

void AgentProcess::start() {
  agent_gate::Config config;
  config.client.url = plan_.client.url;
  config.client.backoff = plan_.client.backoff;
  config.client.max_retries = plan_.client.max_retries;
  config.client.fatal_policy = plan_.client.fatal_policy;
  config.client.fatal_retry_interval = plan_.client.fatal_retry_interval;
  config.client.stable_after = plan_.client.stable_after;
  config.client.resolve_timeout = plan_.client.resolve_timeout;
  config.client.connect_timeout = plan_.client.connect_timeout;
  config.client.tls_timeout = plan_.client.tls_timeout;
  config.client.upgrade_timeout = plan_.client.upgrade_timeout;
  config.client.authentication_timeout = plan_.client.authentication_timeout;
  config.client.close_timeout = plan_.client.close_timeout;
  config.client.keepalive = plan_.client.keepalive;
  config.client.tls = &tap_tls_;
  config.client.credentials = [this](Secret& secret) noexcept { return secret.assign(token_); };
  config.client.on_state = [this](LinkState state, const Error& error) noexcept {
    life_.on_state(state, error);
    if (state == LinkState::closed) {
      ledger_.over();
    } else if (run_.mishap(30)) {
      do_something(true);
    }
  };
  config.client.log = [this](const LogRecord& record) noexcept {
    run_.check(record.message.find(token_) == std::string_view::npos, "no credential is logged",
               [&] { return std::string(record.message); });
  };
  config.on_unclaimed_row = [this](const agent_gate::ResultRow& row) noexcept { on_row(row); };
  client_ = new (place_) agent_gate::Client(tap_port_, std::move(config), plan_.limits, storage_);
  const auto started = client_->connect();
  run_.check(started.ok(), "a client with a sound configuration starts",
             [&] { return std::string(started.error().message()); });
}

AgentProcess::~AgentProcess() {
  if (client_ != nullptr) client_->~Client();
}

void AgentProcess::die() {
  run_.note("the process dies");
  ledger_.died();
  port_.reset();      // the system resets its line
  client_ = nullptr;  // no destructor runs in a process that is killed
}

// ---- what a user does

void AgentProcess::ask_tool(Duration deadline, bool twin) {
  sim::Rng& rng = run_.rng;
  const bool large = rng.chance(100);
  const std::uint64_t nonce = twin && nonce_ > 0 && !nonces_.empty() ? nonces_.rbegin()->second : ++nonce_;
  if (twin) server_.expect_twin(nonce);
  std::string args = "{\"n\":" + std::to_string(nonce);
  // Twins are the same to the last byte.
  if (large && !twin)
    args +=
        ",\"pad\":\"" +
        std::string(static_cast<std::size_t>(rng.between(0, plan_.limits.outbound_message_bytes_max)), 'p') +
        "\"";
  args += "}";
  // A row of the result holds them too, beside the rest of it.
  if (args.size() + 300 > plan_.limits.result_row_bytes_max) large_.insert(nonce);
  agent_gate::RequestOptions options;
  options.deadline = deadline;
  options.priority = pick(rng, {Priority::urgent, Priority::normal, Priority::normal, Priority::low});
  Request& request = ledger_.begin(static_cast<int>(Kind::tool), options.priority, deadline);
  const std::uint64_t number = request.number;
  nonces_[number] = nonce;
  const auto handle = client_->tool_request(
      "tool", args, [this, number](const Outcome& outcome) noexcept { completed(number, outcome); }, options);
  if (handle) {
    ledger_.accepted(request, *handle);
  } else {
    ledger_.refused(request, handle.error(), client_->state() == LinkState::closed);
  }
}

void AgentProcess::ask(Kind kind, Duration deadline) {
  agent_gate::RequestOptions options;
  options.deadline = deadline;
  options.priority = pick(run_.rng, {Priority::urgent, Priority::normal, Priority::low});
  Request& request = ledger_.begin(static_cast<int>(kind), options.priority, deadline, kind != Kind::results);
  const std::uint64_t number = request.number;
  const auto completion = [this, number](const Outcome& outcome) noexcept { completed(number, outcome); };
  const auto handle = kind == Kind::list ? client_->list_tools(completion, options)
                                         : client_->get_pending_results(completion, options);
  if (handle) {
    ledger_.accepted(request, *handle);
  } else {
    ledger_.refused(request, handle.error(), client_->state() == LinkState::closed);
  }
}

// Also of what has ended long ago: a stale handle must be harmless.
void AgentProcess::cancel_something() {
  auto& all = ledger_.all();
  if (all.empty()) return;
  const auto& open = ledger_.open();
  Request* request = nullptr;
  if (!open.empty() && run_.rng.chance(600)) {
    request =
        ledger_.find(open[static_cast<std::size_t>(run_.rng.between(std::uint64_t{0}, open.size() - 1))]);
  } else {
    request = &all[static_cast<std::size_t>(run_.rng.between(std::uint64_t{0}, all.size() - 1))];
  }
  if (request->refused || !request->handle) return;
  ledger_.cancelled(*request, client_->cancel(request->handle));
}

void AgentProcess::cancel_all() {
  for (const std::uint64_t number : std::vector(ledger_.open())) {
    Request& request = *ledger_.find(number);
    ledger_.cancelled(request, client_->cancel(request.handle));
  }
}

void AgentProcess::close() {
  ledger_.closing();
  client_->close();
}

void AgentProcess::retry_now() {
  life_.nudged();
  client_->retry_now();
}

void AgentProcess::do_something(bool from_handler) {
  if (from_handler) {
    if (depth_ >= 3 || ledger_.is_closing()) return;
    run_.count(Fault::reentry);
  }
  ++depth_;
  sim::Rng& rng = run_.rng;
  const std::uint64_t die = rng.between(0, 999);
  const Duration deadline = rng.chance(100)   ? rng.between(Duration(1ms), Duration(500ms))
                            : rng.chance(600) ? rng.between(Duration(1s), Duration(20s))
                                              : rng.between(Duration(20s), Duration(120s));
  if (die < 650) {
    ask_tool(deadline);
  } else if (die < 680) {
    ask_tool(deadline, true);
  } else if (die < 800) {
    cancel_something();
  } else if (die < 850) {
    ask(Kind::list, deadline);
  } else if (die < 880) {
    if (plan_.polls_by_hand) ask(Kind::results, deadline);
  } else if (die < 920) {
    const int burst = static_cast<int>(rng.between(std::uint64_t{1}, 2U * plan_.limits.pending_max));
    for (int i = 0; i < burst; ++i) ask_tool(deadline);
  } else if (die < 950) {
    retry_now();
  } else if (die < 970) {
    const auto again = client_->connect();
    run_.check((again.ok() && !*again) || (!again.ok() && again.error().kind() == ErrorKind::closed),
               "connect on a started client does nothing", [] { return std::string("it did"); });
  } else if (die < 985) {
    learn_token();
    retry_now();
  } else if (die < 990 && from_handler && run_.mishap(200)) {
    run_.count(Fault::client_close);
    close();
  }
  --depth_;
}

}  // namespace kedge::rig
