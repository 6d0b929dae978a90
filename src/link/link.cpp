#include "link.hpp"
#include "../base/nobody.hpp"
#include "check_config.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

// The client's life: turns and states. One attempt's stages are in stages.cpp, what follows them in
// retry.cpp.

namespace kedge {

namespace {

SessionConfig session_config(const ClientConfig& config, const LinkOptions& options,
                             const Limits& limits) noexcept {
  SessionConfig session;
  session.role = ws::Role::client;
  session.too_large = options.too_large;
  session.inbound_message_bytes_max = limits.inbound_message_bytes_max;
  session.fragment_bytes_max = limits.fragment_bytes_max;
  session.keepalive = config.keepalive;
  session.close_timeout = config.close_timeout;
  session.keeps_queued = options.keeps_queued;
  return session;
}

}  // namespace

Link::Link(Port& port, ClientConfig&& config, const LinkOptions& options, const Limits& limits, Arena& arena,
           Protocol& protocol) noexcept
    : port_(port),
      has_port_(!std::exchange(port.has_link_, true)),
      protocol_(protocol),
      config_(std::move(config)),
      ring_(ring_limits(limits), arena),
      backoff_(config_.backoff),
      url_text_(arena.take<char>(limits.url_bytes_max)),
      host_text_(arena.take<char>(limits.url_bytes_max)),
      inbound_(arena.take<std::byte>(inbound_bytes(limits, options.inbound_bytes_min))),
      extras_text_(reinterpret_cast<char*>(inbound_.data()), extras_bytes(limits)),
      addresses_(arena.take<Address>(limits.addresses_max)),
      read_buffer_(arena.take<std::byte>(limits.read_buffer_bytes)),
      write_buffer_(arena.take<std::byte>(limits.write_buffer_bytes)),
      message_buffer_(inbound_.first(limits.inbound_message_bytes_max)),
      masks_(arena.take<std::byte>(limits.mask_pool_bytes)),
      upgrade_(inbound_.first(limits.upgrade_bytes_max), limits.upgrade_headers_max),
      session_(session_config(config_, options, limits),
               SessionMemory{read_buffer_, write_buffer_, &message_buffer_, &masks_}, ring_, statistics_),
      redactor_(arena.take<char>(limits.credential_bytes_max)) {
  ring_.set_events(*this);
  if (!has_port_) {
    config_error_ = Error(ErrorKind::config, "the port serves another client: each needs one of its own");
    return;
  }
  port_.set_events(*this);
  configure(options, limits);
}

Link::~Link() {
  assert(!in_turn_ && "destroyed inside one of its own callbacks");
  if (has_port_) {
    port_.arm(never);
    port_.has_link_ = false;
  }
  if (stage_ == Stage::resolving) port_.cancel_resolve();
  // Both may hold a credential, and the memory goes back to its owner.
  wipe(write_buffer_);
  wipe(std::as_writable_bytes(url_text_));
  ring_.clear();
  if (stream_ == nullptr) return;
  stream_->set_events(nobody);
  stream_->close();
  if (stream_is_tls_) config_.tls->drop();
}

void Link::configure(const LinkOptions& options, const Limits& limits) noexcept {
  if (auto checked = check(config_, options.needs_credential); !checked) {
    config_error_ = checked.error();
    return;
  }
  if (config_.url.size() > url_text_.size()) {
    config_error_ = Error(ErrorKind::config, "the URL is longer than url_bytes_max, ");
    config_error_.append(std::int64_t{limits.url_bytes_max}).append(" bytes");
    return;
  }
  std::copy(config_.url.begin(), config_.url.end(), url_text_.begin());
  config_.url = std::string_view(url_text_.data(), config_.url.size());
  const auto url = ws::parse_url(config_.url);
  if (!url) {
    config_error_ = url.error();
    return;
  }
  url_ = *url;
  const std::size_t query = url_.target.find('?');
  if (query != std::string_view::npos) redactor_.set_query(url_.target.substr(query + 1));
  if (url_.secure && config_.tls == nullptr) {
    config_error_ = Error(ErrorKind::config, "the URL is wss:// but the configuration has no TLS layer");
    return;
  }
  BufferSink host(host_text_);
  if (url_.host_is_ipv6) host.write("[");
  host.write(url_.host);
  if (url_.host_is_ipv6) host.write("]");
  if (!url_.port_is_default) {
    Error digits(ErrorKind::none, ":");
    host.write(digits.append(std::int64_t{url_.port}).message());
  }
  host_header_ = host.text();
  if (const auto taken = take_proxy(host.size()); !taken) config_error_ = taken.error();
}

// ---- what the user may call

Result<bool> Link::connect() noexcept {
  if (config_error_) return last_error_ = config_error_;
  if (close_requested_ || state_ == LinkState::closing || state_ == LinkState::closed) return closed_error();
  if (start_requested_ || state_ != LinkState::idle) return false;
  start_requested_ = true;
  wake();
  return true;
}

void Link::close(std::uint16_t code, std::string_view reason) noexcept {
  if (close_requested_ || state_ == LinkState::closed) return;
  close_requested_ = true;
  goodbye_code_ = code;
  goodbye_bytes_ = static_cast<std::uint8_t>(reason.copy(goodbye_.data(), goodbye_.size()));
  // Now, not when its turn comes: an answer may be read and what is queued written in the turn under way.
  session_.close_gate();
  wake();
}

void Link::retry_now() noexcept {
  // The state, not the stage: a handler that is told of the attempt is part of it.
  if (state_ != LinkState::waiting) {
    // The attempt under way may have asked for the old credentials already.
    retry_asked_ = state_ == LinkState::connecting || state_ == LinkState::authenticating;
    return;
  }
  stage_deadline_ = Instant::min();
  wake();
}

void Link::resume_reading() noexcept {
  session_.resume_reading();
  wake();
}

void Link::release_user_messages() noexcept {
  held_ = false;
  if (state_ == LinkState::ready) open_gate();
  wake();
}

void Link::set_keepalive(const KeepaliveConfig& keepalive) noexcept {
  if (stage_ != Stage::open) return;
  session_.set_keepalive(keepalive);
  wake();
}

void Link::set_outbound_message_bytes_max(std::uint32_t bytes) noexcept {
  if (stage_ == Stage::open) ring_.set_message_bytes_max(bytes);
}

Statistics Link::statistics() const noexcept {
  Statistics counted = statistics_;
  counted.queued = ring_.count();
  counted.queued_bytes = ring_.bytes();
  return counted;
}

std::optional<Instant> Link::next_attempt_at() const noexcept {
  if (state_ != LinkState::waiting || stage_ != Stage::waiting) return std::nullopt;
  return std::max(stage_deadline_, port_.now());
}

void Link::tell_writable() noexcept {
  if (config_.on_writable) in_turn([&] { config_.on_writable(); });
}

// ---- turns

void Link::arm_at_once() noexcept {
  // A timer that is due at once is the way onto the loop: handlers never run inside the call that caused
  // them.
  const Instant now = port_.now();
  if (armed_ <= now || !has_port_) return;
  armed_ = now;
  port_.arm(now);
}

void Link::on_timer() noexcept {
  armed_ = never;
  turn();
}

void Link::on_session_event() noexcept {
  turn();
}

void Link::turn() noexcept {
  if (in_turn_) return;
  in_turn_ = true;
  wake_requested_ = false;
  if (close_requested_ && state_ != LinkState::closing && state_ != LinkState::closed) begin_close();
  if (start_requested_ && state_ == LinkState::idle) start();
  if (port_.now() >= stage_deadline_) on_stage_deadline();
  ring_.expire(port_.now());
  protocol_.on_turn(port_.now());
  if (state_ == LinkState::closing && stage_ == Stage::open && !protocol_.finishing()) say_goodbye();
  // Before anything is written: a handler that closed has asked for nothing to begin any more.
  if (close_requested_ && state_ != LinkState::closing && state_ != LinkState::closed) begin_close();
  session_.on_turn();
  in_turn_ = false;
  check_turn();
  arm();
}

void Link::start() noexcept {
  if (const std::string_view doubt = doubtful(config_); !doubt.empty()) {
    log(LogLevel::warning, "config", doubt);
  }
  begin_attempt();
}

void Link::arm() noexcept {
  Instant next =
      std::min({stage_deadline_, ring_.next_deadline(), protocol_.next_deadline(), session_.next_deadline()});
  if (wake_requested_) next = Instant::min();
  // A timer armed too early is left alone: it costs one wake at most, arming on each message would cost more.
  if (next >= armed_) return;
  armed_ = std::max(next, port_.now());
  port_.arm(armed_);
}

void Link::on_stage_deadline() noexcept {
  stage_deadline_ = never;
  switch (stage_) {
    case Stage::none:
      return;
    case Stage::ending:
      return on_closed();
    case Stage::waiting:
      return begin_attempt();
    case Stage::resolving:
      return fail_stage(Error(ErrorKind::timeout, Layer::resolver, 0, "the name was not resolved in time: ")
                            .append(first_hop().host));
    case Stage::connecting:
      return fail_stage(
          Error(ErrorKind::timeout, Layer::system, 0, "the TCP connection was not accepted in time"));
    case Stage::proxying:
      return fail_stage(
          Error(ErrorKind::timeout, Layer::proxy, 0, "the proxy did not answer CONNECT in time"));
    case Stage::securing:
      return fail_stage(
          Error(ErrorKind::timeout, Layer::tls, 0, "the TLS handshake was not completed in time"));
    case Stage::upgrading:
      return fail_stage(
          Error(ErrorKind::timeout, Layer::http, 0, "the server did not answer the upgrade in time"));
    case Stage::open:
      if (state_ == LinkState::closing) return say_goodbye();
      return end_line(Error(ErrorKind::timeout, Layer::protocol, 0,
                            "the server did not answer the authentication in time"));
  }
}

// ---- states

void Link::set_state(LinkState state, const Error& error) noexcept {
  if (state == state_) return;
  check_step(state_, state);
  state_ = state;
  if (error) {
    log(state == LinkState::closed && error.kind() == ErrorKind::closed ? LogLevel::info : LogLevel::warning,
        to_string(state), error.message());
  } else {
    log(LogLevel::info, to_string(state), {});
  }
  if (config_.on_state) in_turn([&] { config_.on_state(state, error); });
}

void Link::authenticated() noexcept {
  // Not on a connection that is being given up already.
  if (stage_ != Stage::open || state_ != LinkState::authenticating || !session_.is_open()) return;
  assert(ready_since_ == never && "it was accepted twice");
  stage_deadline_ = never;
  retries_ = 0;
  retry_asked_ = false;
  ready_since_ = port_.now();
  history_.ready();
  ++statistics_.connects;
  held_ = false;
  set_state(LinkState::ready, {});
  if (state_ != LinkState::ready) return;
  protocol_.on_ready();
  if (!held_) open_gate();
  wake();
}

void Link::open_gate() noexcept {
  if (!close_requested_) session_.open_gate();
}

void Link::end_line(const Error& why, std::optional<Verdict> verdict, std::uint16_t code) noexcept {
  if (stage_ != Stage::open) return;
  stage_deadline_ = never;
  if (!session_.is_open()) return;  // the peer, or somebody here, was first
  assert(!own_verdict_ && "a verdict is left of another line");
  own_verdict_ = verdict;
  session_.close(code, {}, why);
  wake();
}

void Link::stop(const Error& why) noexcept {
  check_step(stage_, Stage::none);
  assert(stream_ == nullptr && !session_.active() && "something is left of the line");
  stage_ = Stage::none;
  stage_deadline_ = never;
  // What is armed was for the connection: it would keep a program's loop alive. The turn arms what is needed.
  armed_ = never;
  port_.arm(never);
  // The state first, so that a completion that starts a request is refused; the handler last, as it may be
  // the sign for its owner that the client can be destroyed.
  const LinkState before = std::exchange(state_, LinkState::closed);
  ring_.clear();
  in_turn([&] {
    protocol_.on_stopped(why);
    protocol_.on_turn(port_.now());
  });
  state_ = before;
  set_state(LinkState::closed, why);
}

// ---- from the session and the ring

// Work of the turn that follows it: what it queues or marks needs no timer to be seen, which would cost every
// answer that leads to a request a turn more.
template <class Work>
void Link::in_turn(Work&& work) noexcept {
  const bool before = std::exchange(in_turn_, true);
  work();
  in_turn_ = before;
}

void Link::on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept {
  in_turn([&] { protocol_.on_message({type, payload}); });
}
void Link::on_piece(ws::MessageType type, std::span<const std::byte> piece, bool first, bool last) noexcept {
  in_turn([&] { protocol_.on_piece(type, piece, first, last); });
}
void Link::on_discarded(ws::MessageType type, std::uint64_t bytes) noexcept {
  in_turn([&] { protocol_.on_discarded(type, bytes); });
}
void Link::on_entry_sent(Handle entry, std::uint64_t tag) noexcept {
  protocol_.on_sent(entry, tag);
}
void Link::on_entry_expired(Handle entry, std::uint64_t tag) noexcept {
  ++statistics_.messages_expired;
  protocol_.on_expired(entry, tag);
}

void Link::on_too_large(Handle being_written) noexcept {
  in_turn([&] { protocol_.on_too_large(being_written); });
}

void Link::on_session_ended(const Error& why) noexcept {
  assert(stage_ == Stage::open && stream_ != nullptr && !session_.active());
  std::array<char, ws::control_payload_bytes_max> room;
  Ending ending;
  ending.was_open = true;
  peer_said_goodbye_ = session_.peer_said_goodbye();
  ending.was_ready = ready_since_ != never;
  ending.close_code = session_.peer_close_code();
  ending.close_reason = redactor_.redact(session_.peer_close_reason(), room);
  if (ending.close_code != 0) {
    ending.error = closed_by_peer(ending.close_code, ending.close_reason);
  } else {
    ending.error = why ? why
                       : Error(ErrorKind::connection, Layer::websocket, ws::close_code::normal,
                               "the connection was closed");
  }
  attempt_over(ending);
  turn();
}

}  // namespace kedge
