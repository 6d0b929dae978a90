#include "websocket_process.hpp"

#include <algorithm>

namespace kedge::rig {

using namespace std::chrono_literals;

namespace {

// In a request's kind.
constexpr int whole_kind = 0;
constexpr int pieces_kind = 1;
constexpr int posted_kind = 2;

}  // namespace

// The texts go when it is made: the client has copied them.
WebSocketProcess::WebSocketProcess(Run& run, Chaos& chaos, const Plan& plan_in, std::uint64_t first_number,
                                   WebSocketServer& server)
    : ClientActor(run, chaos, plan_in, first_number, server, websocket::storage_bytes(plan_in.limits)),
      takes_pieces_(run.rng.chance(600)),
      source_timeout_(run.rng.between(Duration(1s), Duration(20s))) {
  WebSocketServer::Dress dress = server.dress();
  std::vector<websocket::Header> headers;
  for (const auto& [name, value] : dress.headers) headers.push_back({name, value});
  const std::vector<std::string_view> subprotocols(dress.subprotocols.begin(), dress.subprotocols.end());
  make(configuration(headers, subprotocols, dress.user_agent), plan().limits, storage_);
  for (auto& [name, value] : dress.headers) value.assign(value.size(), '!');
  for (std::string& name : dress.subprotocols) name.assign(name.size(), '!');
  dress.user_agent.assign(dress.user_agent.size(), '!');
  start();
}

websocket::Config WebSocketProcess::configuration(std::span<const websocket::Header> headers,
                                                  std::span<const std::string_view> subprotocols,
                                                  std::string_view user_agent) {
  websocket::Config config;
  config.client = client_config();
  config.credential = server_.dress().credential;
  if (config.credential == websocket::CredentialKind::basic) {
    config.client.credentials = [this](Secret& secret) noexcept { return secret.assign("u:" + token()); };
  }
  config.headers = headers;
  config.subprotocols = subprotocols;
  config.user_agent = user_agent;
  config.source_timeout = source_timeout_;
  config.on_open = [this](const Opened& line) noexcept { opened(line); };
  config.on_message = [this](const Message& message) noexcept { told(message.type, message.text()); };
  if (takes_pieces_) config.on_piece = [this](const websocket::Piece& piece) noexcept { told_piece(piece); };
  config.on_discarded = [this](MessageType type, std::uint64_t bytes) noexcept {
    told_discarded(type, bytes);
  };
  return config;
}

// ---- messages

Request& WebSocketProcess::begin(Sent sent, const websocket::SendOptions& options) {
  const Duration deadline = options.deadline.value_or(Duration::max());
  const int kind = sent.source != nullptr ? pieces_kind : sent.posted ? posted_kind : whole_kind;
  Request& request = ledger().begin(kind, options.priority, deadline);
  request.until_begun = true;
  request.streamed = sent.source != nullptr;
  server_.announce(request.number, sent.type, sent.bytes);
  sent_[request.number] = sent;
  return request;
}

// True when the client has taken it.
bool WebSocketProcess::took(Request& request, const Result<Handle>& handle) {
  if (handle) {
    ledger().accepted(request, *handle);
    if (request.kind == posted_kind) posted_.push_back(request.number);
    return true;
  }
  ledger().refused(request, handle.error(), client_->state() == LinkState::closed);
  const Sent& sent = sent_[request.number];
  const auto which = [&] {
    return "request " + std::to_string(request.number) + ", " + std::to_string(sent.bytes) +
           " bytes: " + std::string(handle.error().message());
  };
  const bool too_large = sent.source == nullptr && sent.bytes > plan().limits.outbound_message_bytes_max;
  const ErrorKind kind = handle.error().kind();
  run_.check(kind != ErrorKind::connection, "what has no line waits for one", which);
  run_.check(kind != ErrorKind::too_large || too_large, "only what is too large is refused as such", which);
  forget(request.number);
  return false;
}

bool WebSocketProcess::send(std::size_t bytes, const websocket::SendOptions& options, bool posted) {
  const MessageType type = run_.rng.chance(500) ? MessageType::text : MessageType::binary;
  Request& request =
      begin({.type = type, .bytes = bytes, .on_loss = options.on_loss, .posted = posted}, options);
  const std::string body = message_body(request.number, type, bytes);
  Completion completion;
  if (!posted) {
    completion = [this, number = request.number](const Outcome& outcome) noexcept {
      completed(number, outcome);
    };
  }
  return took(request, type == MessageType::text ? client_->send_text(body, std::move(completion), options)
                                                 : client_->send(type, std::as_bytes(std::span(body)),
                                                                 std::move(completion), options));
}

bool WebSocketProcess::send_pieces(std::size_t bytes, const websocket::SendOptions& options) {
  const MessageType type = run_.rng.chance(500) ? MessageType::text : MessageType::binary;
  const std::uint64_t number = ledger().next_number();
  ModelSource& source = sources_.emplace_back(run_, static_cast<SourceWatcher&>(*this), number, type,
                                              message_body(number, type, bytes));
  Request& request = begin({.type = type, .bytes = bytes, .source = &source}, options);
  return took(request,
              client_->send_pieces(
                  type, source, source.total(),
                  [this, number](const Outcome& outcome) noexcept { completed(number, outcome); }, options));
}

void WebSocketProcess::send_something() {
  sim::Rng& rng = run_.rng;
  websocket::SendOptions options;
  options.priority = pick(rng, {Priority::urgent, Priority::normal, Priority::normal, Priority::low});
  if (rng.chance(400)) {
    options.deadline =
        rng.chance(400) ? rng.between(Duration(1ms), Duration(2s)) : rng.between(Duration(2s), Duration(60s));
  }
  if (rng.chance(400)) options.on_loss = OnLoss::resend;
  const auto upto = [&](std::uint64_t most) {
    return static_cast<std::size_t>(rng.between(std::uint64_t{0}, most));
  };
  if (rng.chance(200)) {
    (void)send_pieces(upto(rng.chance(40) ? 20'000 : rng.chance(150) ? 5000 : 300), options);
  } else {
    const std::uint64_t most = plan().limits.outbound_message_bytes_max;
    (void)send(upto(rng.chance(100) ? most + 20 : 200), options, rng.chance(250));
  }
}

// Whatever else is the matter: it is refused, and nobody hears of it again.
void WebSocketProcess::send_what_cannot_be() {
  const auto must_fail = [this](std::string_view text, const websocket::SendOptions& options) {
    const auto handle = client_->send_text(
        text, [this](const Outcome&) noexcept { run_.broke("what was refused never completes", "it did"); },
        options);
    const ErrorKind kind = handle ? ErrorKind::none : handle.error().kind();
    run_.check(kind == ErrorKind::config || kind == ErrorKind::closed, "what cannot be sent is refused",
               [&] { return std::string(handle ? "taken" : handle.error().message()); });
  };
  websocket::SendOptions options;
  switch (run_.rng.between(std::uint64_t{0}, std::uint64_t{4})) {
    case 0:
      return must_fail(pick<const char*>(run_.rng, {"\xFF", "a\xC0\x80", "\xE2\x82", "\xED\xBF\xBF"}),
                       options);
    case 1:
      options.deadline = -run_.rng.between(Duration(0ms), Duration(1s));
      return must_fail("late", options);
    case 2:
      options.on_loss = OnLoss::keep;
      return must_fail("no answer", options);
    default:
      break;
  }
  const bool long_words = run_.rng.chance(300);
  const auto code = pick<std::uint16_t>(run_.rng, {0, 999, 1004, 1005, 1006, 1015, 2999, 5000});
  const auto closed =
      client_->close(long_words ? std::uint16_t{1000} : code, std::string(long_words ? 124 : 3, 'w'));
  run_.check(!closed && closed.error().kind() == ErrorKind::config, "what no close frame may hold is refused",
             [&] { return std::to_string(code); });
}

// ---- the rest

void WebSocketProcess::cancel_something() {
  if (ledger().all().empty() || ledger().is_closing()) return;
  Request& request = !ledger().open().empty() && run_.rng.chance(600) ? open_request() : any_request();
  if (request.kind == posted_kind) return cancel_posted(request);
  const auto found = sent_.find(request.number);
  const ModelSource* source = found != sent_.end() ? found->second.source : nullptr;
  const bool half = source != nullptr && source->is_half_given() && line_.offered(request);
  cancel(request);
  if (half && request.cancelled) line_given_up(1001);
}

// What has begun to leave leaves, and nobody is told.
void WebSocketProcess::cancel_posted(Request& request) {
  // One that was given up has forgotten all that waited.
  if (request.ended || request.cancelled || client_->state() == LinkState::closed) return;
  const bool gone = client_->cancel(request.handle);
  request.cancelled = true;
  const bool expired = run_.world.now() >= request.deadline;
  run_.check(gone != line_.offered(request) || (!gone && expired),
             "what waits is taken back, what has begun to leave is not",
             [&] { return "request " + std::to_string(request.number); });
  if (gone) {
    server_.never_arrives(request.number);
    return end(request, Error(ErrorKind::cancelled, "taken back"));
  }
  request.due = never;
  ledger().due_changed();
}

bool WebSocketProcess::refill_sources() {
  bool refilled = false;
  for (auto& [number, sent] : sent_) {
    if (sent.source == nullptr || !sent.source->refill()) continue;
    refilled = true;
    Request& request = *ledger().find(number);
    if (line_.offered(request) && !request.cancelled && request.due != run_.world.now()) request.due = never;
  }
  if (!refilled) return false;
  ledger().due_changed();
  client_->source_ready();
  return true;
}

void WebSocketProcess::pause() {
  // What is being written when a 1009 is found is to blame: it is found when it comes.
  if (paused_ || run_.is_calm() || refused_line_ == line_.line()) return;
  run_.count(Fault::paused);
  paused_ = true;
  run_.note("the user stops reading");
  resume_at_ = after(run_.world.now(), run_.rng.between(Duration(10ms), Duration(20s)));
  line_.paused();
  stages_.paused();
  client_->pause();
}

void WebSocketProcess::resume() {
  paused_ = false;
  run_.note("the user reads again");
  resumed_at_ = run_.world.now();
  line_.resumed();
  if (line_.stands()) find_refusal();  // of a line that is being closed nothing more is read
  client_->resume();
}

void WebSocketProcess::do_something(bool from_handler) {
  sim::Rng& rng = run_.rng;
  const std::uint64_t die = rng.between(std::uint64_t{0}, std::uint64_t{999});
  if (die < 480) {
    send_something();
  } else if (die < 560) {
    cancel_something();
  } else if (die < 590) {
    const std::uint64_t burst = rng.between(std::uint64_t{1}, std::uint64_t{rng.chance(150) ? 35U : 6U});
    for (std::uint64_t i = 0; i < burst; ++i) send_something();
  } else if (die < 690) {
    if (!refill_sources()) client_->source_ready();  // a word too many
  } else if (die < 730) {
    pause();
  } else if (die < 760) {
    if (paused_) resume();
  } else if (die < 790) {
    send_what_cannot_be();
  } else if (die < 830) {
    retry_now();
  } else if (die < 845) {
    connect_again();
  } else if (die < 870) {
    learn();
    retry_now();
  } else if (die < 890 && from_handler && run_.mishap(200)) {
    run_.count(Fault::client_close);
    close();
  }
}

void WebSocketProcess::close_client() {
  for (const std::uint64_t number : std::vector(ledger().open())) {
    Request& request = *ledger().find(number);
    if (sent_.at(number).posted) {
      const ErrorKind kind = request.cancelled ? ErrorKind::cancelled : ErrorKind::closed;
      end(request, Error(kind, "closed"));
    } else {
      request.due = std::min(request.due, run_.world.now());
    }
  }
  ledger().due_changed();
  std::string payload = close_payload(1000, {});
  if (run_.rng.chance(500)) {
    client_->close();
  } else {
    const auto code = pick<std::uint16_t>(run_.rng, {1000, 1001, 1003, 1011, 3000, 4999});
    const auto bytes = static_cast<std::size_t>(run_.rng.between(std::uint64_t{0}, std::uint64_t{123}));
    const std::string reason = message_body(code, MessageType::text, bytes);
    payload = close_payload(code, reason);
    run_.check(client_->close(code, reason).ok(), "a close frame may hold that",
               [] { return std::string(); });
  }
  if (goodbye_) return;
  goodbye_ = payload;
  server_.record(hearing_.wire).allowed.insert(payload);
}

void WebSocketProcess::destroy_client() {
  for (ModelSource& source : sources_) source.end();
  ClientActor::destroy_client();
}

void WebSocketProcess::expect_idle() {
  const Statistics now = client_->statistics();
  run_.check(
      now.pending == 0 && now.queued == 0 && now.queued_bytes == 0, "pools and rings are empty when idle",
      [&] { return std::to_string(now.pending) + " pending, " + std::to_string(now.queued) + " queued"; });
  if (life().over()) return;  // its attempts were used up by a source that fails
  if (life().state() == LinkState::ready) expect_all_heard();
  // Whole: as much fits in as ever. Nothing is sent meanwhile, as the loop does not turn.
  const Limits& limits = plan().limits;
  const std::size_t blocks =
      (limits.outbound_bytes + limits.outbound_block_bytes - 1U) / limits.outbound_block_bytes;
  const std::size_t fits =
      std::min({blocks, std::size_t{limits.pending_max}, std::size_t{limits.outbound_messages_max}});
  std::size_t taken = 0;
  while (taken <= fits && send(1, {}, false)) ++taken;
  run_.check(taken == fits, "pools and rings are whole when idle",
             [&] { return std::to_string(taken) + " messages fit, not " + std::to_string(fits); });
  cancel_all();
  std::vector<Handle> posted;
  while (posted.size() <= limits.outbound_messages_max) {
    const auto handle = client_->send(MessageType::binary, {});
    if (!handle) break;
    posted.push_back(*handle);
  }
  run_.check(posted.size() == limits.outbound_messages_max, "the ring is whole when idle",
             [&] { return std::to_string(posted.size()) + " messages fit"; });
  for (const Handle handle : posted) {
    run_.check(client_->cancel(handle), "what waits is taken back", [] { return std::string("not one"); });
  }
}

}  // namespace kedge::rig
