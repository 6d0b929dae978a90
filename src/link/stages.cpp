#include "../ws/http_text.hpp"
#include "link.hpp"

#include <array>
#include <cassert>
#include <utility>

// One attempt: resolve, each address in turn, TLS, upgrade, and the session on top. What a proxy adds is in
// proxy.cpp.

namespace kedge {

void Link::enter(Stage stage, Duration timeout) noexcept {
  check_step(stage_, stage);
  stage_ = stage;
  stage_deadline_ = after(port_.now(), timeout);
}

void Link::begin_attempt() noexcept {
  assert(stream_ == nullptr && !session_.active() && !protocol_open_ && "the attempt before is not over");
  ++statistics_.attempts;
  addresses_.reset();
  set_state(LinkState::connecting, {});
  if (close_requested_) return;
  enter(Stage::resolving, config_.resolve_timeout);
  // The write buffer has nothing in it between attempts, and room for any name: 512 bytes at least.
  BufferSink name(write_buffer_);
  const ws::Url hop = first_hop();
  ws::write_name_to_resolve(hop, name);
  if (auto started = port_.resolve(name.text(), hop.port); !started) fail_stage(started.error());
}

void Link::on_resolved(std::span<const Address> addresses, const Error& error) noexcept {
  if (stage_ != Stage::resolving) return;
  if (error || addresses.empty()) {
    fail_stage(error ? error
                     : Error(ErrorKind::connection, Layer::resolver, 0, "the name has no address: ")
                           .append(first_hop().host));
  } else {
    tell_left_out(addresses.size(), addresses_.begin(addresses));
    connect_next_address();
  }
  turn();
}

// Once: each attempt of an outage would say the same.
void Link::tell_left_out(std::size_t addresses, std::size_t left_out) noexcept {
  if (std::exchange(left_out_told_, left_out) == left_out || left_out == 0) return;
  Error line(ErrorKind::none, "of the name's ");
  line.append(static_cast<std::int64_t>(addresses)).append(" addresses ");
  line.append(static_cast<std::int64_t>(left_out));
  log(LogLevel::info, "addresses",
      line.append(" are left out (addresses_max); the next attempt begins with those").message());
}

void Link::connect_next_address() noexcept {
  assert(stream_ == nullptr && addresses_.has_next());
  const Address address = addresses_.next();
  enter(Stage::connecting, connect_timeout_of(config_.connect_timeout, !addresses_.has_next()));
  // Without the query: it may hold a credential.
  log(LogLevel::debug, "connect", config_.url.substr(0, config_.url.find('?')));
  auto stream = port_.connect(address, *this);
  if (!stream) return fail_stage(stream.error());
  stream_ = *stream;
  stream_is_tls_ = false;
}

void Link::on_open() noexcept {
  if (stage_ == Stage::connecting && !config_.proxy.empty()) {
    begin_proxy();
  } else if (stage_ == Stage::connecting) {
    begin_line();
  } else if (stage_ == Stage::securing) {
    begin_upgrade();
  }
  turn();
}

void Link::on_error(const Error& error) noexcept {
  if (stage_ == Stage::connecting || stage_ == Stage::securing) fail_stage(error);
  turn();
}

// The stream reaches the server.
void Link::begin_line() noexcept {
  if (!url_.secure) return begin_upgrade();
  enter(Stage::securing, config_.tls_timeout);
  auto secured = config_.tls->start(*stream_, *this, url_.host, url_.port, port_);
  if (!secured) return fail_stage(secured.error());
  stream_ = *secured;
  stream_is_tls_ = true;
}

void Link::begin_upgrade() noexcept {
  enter(Stage::upgrading, config_.upgrade_timeout);
  redactor_.credential().clear();
  if (config_.credentials) {
    if (auto asked = config_.credentials(redactor_.credential()); !asked) {
      const Error& why = asked.error();
      return fail_stage(Error(ErrorKind::authentication, "there is no credential for this attempt: ")
                            .append(why.message()));
    }
  }
  // Wiped of the last answer now: where that was, what the protocol adds comes.
  upgrade_.head().start(ws::Answerer::server);
  UpgradeExtras extras(extras_text_);
  BufferSink request(write_buffer_);
  Result<void> written = protocol_.on_attempt(redactor_.credential(), extras);
  if (written) written = upgrade_.start(port_, host_header_, url_.target, extras, request);
  // A URL's query may hold one as well.
  upgrade_has_credential_ =
      !extras.headers().empty() || !extras.query().empty() || url_.target.find('?') != std::string_view::npos;
  extras.clear();
  if (!written) return fail_stage(written.error());
  begin_request(request.size());
}

// What the write buffer begins with is the request.
void Link::begin_request(std::size_t size) noexcept {
  request_written_ = 0;
  request_size_ = size;
  write_request();
}

void Link::write_request() noexcept {
  const auto rest = write_buffer_.subspan(request_written_, request_size_ - request_written_);
  if (rest.empty()) return;
  const IoResult result = stream_->write(rest);
  if (result.status == IoStatus::error) {
    // What the server said before it broke the line may lie unread, and says better why: a status, an alert.
    const Error broken = stream_->error();
    const Stage stage = stage_;
    read_answer();
    if (stage_ == stage) fail_stage(broken);
    return;
  }
  if (result.status == IoStatus::ok) request_written_ += result.bytes;
  assert(request_written_ <= request_size_ && "the stream took more than it was given");
  if (request_written_ == request_size_)
    wipe(write_buffer_.first(request_size_));  // it may hold a credential
}

void Link::on_writable() noexcept {
  if (stage_ == Stage::upgrading || stage_ == Stage::proxying) write_request();
  turn();
}

void Link::on_readable() noexcept {
  if (stage_ == Stage::upgrading || stage_ == Stage::proxying) read_answer();
  turn();
}

void Link::read_answer() noexcept {
  for (;;) {
    const IoResult result = stream_->read(read_buffer_);
    switch (result.status) {
      case IoStatus::would_block:
        return;
      case IoStatus::error:
        return fail_stage(stream_->error());
      case IoStatus::end:
        return fail_stage(stage_ == Stage::proxying
                              ? Error(ErrorKind::connection, Layer::proxy, 0,
                                      "the proxy ended the connection before it answered CONNECT")
                              : Error(ErrorKind::connection, Layer::http, 0,
                                      "the server ended the connection during the upgrade"));
      case IoStatus::ok:
        break;
    }
    assert(result.bytes <= read_buffer_.size() && "the stream gave more than there is room for");
    const auto bytes = std::span<const std::byte>(read_buffer_).first(result.bytes);
    const bool goes_on = stage_ == Stage::proxying ? take_proxy_answer(bytes) : take_upgrade_answer(bytes);
    if (!goes_on || result.bytes < read_buffer_.size()) return;
  }
}

// True when the answer goes on in what follows.
bool Link::take_upgrade_answer(std::span<const std::byte> bytes) noexcept {
  std::size_t taken = 0;
  const Result<bool> complete = upgrade_.feed(bytes, &taken);
  if (complete && !*complete) return true;
  if (!complete) {
    fail_stage(with_redirect(complete.error()));
  } else if (request_written_ != request_size_) {
    // Frames would go out in the middle of the request.
    fail_stage(Error(ErrorKind::protocol, Layer::http, 0,
                     "the server answered the upgrade before the request was sent"));
  } else {
    begin_session(bytes.subspan(taken));
  }
  return false;
}

// A redirect names where to, in the server's words.
Error Link::with_redirect(const Error& refused) const noexcept {
  const ws::Redirect to = upgrade_.redirect();
  if (to.empty()) return refused;
  Error error = refused;
  error.append(": ");
  // As one text: a secret may stand across both.
  std::array<char, Error::message_max * 2> whole;
  BufferSink sink{std::span<char>(whole)};
  sink.write(to.scheme.substr(0, whole.size()));
  sink.write(to.rest.substr(0, whole.size() - sink.size()));
  append_of_peer(error, sink.text());
  return error;
}

void Link::append_of_peer(Error& error, std::string_view words, char space) const noexcept {
  // More than an error has room for: what is cut is seen to be.
  std::array<char, 2 * Error::message_max> room;
  ws::append_visible(error, redactor_.redact(words, room), space);
}

void Link::begin_session(std::span<const std::byte> early) noexcept {
  assert(request_written_ == request_size_ && !protocol_open_ && ready_since_ == never);
  session_.set_keepalive(config_.keepalive);
  if (auto started = session_.start(port_, *stream_, early, *this); !started)
    return fail_stage(started.error());
  addresses_.worked();
  enter(Stage::open, config_.authentication_timeout);
  set_state(LinkState::authenticating, {});
  protocol_open_ = true;
  const ws::UpgradeResponse& response = upgrade_.response();
  protocol_.on_open(
      {redactor_.credential(), upgrade_.subprotocol(), response.date, upgrade_.head().fields()});
}

std::string_view Opened::header(std::string_view name) const noexcept {
  return response_.header(name);
}

// A stage before the session has failed. Another address is tried when it may do better; a server, or a
// proxy, that has answered with a status, or that is not who it should be, would do the same there.
void Link::fail_stage(const Error& why) noexcept {
  if (stage_ == Stage::resolving) port_.cancel_resolve();
  assert(why && "a stage fails for nothing");
  check_step(stage_, Stage::ending);
  stage_error_ = of_proxy(why);
  stage_ = Stage::ending;
  stage_deadline_ = never;
  if (stream_ != nullptr) {
    stream_->close();
  } else {
    // From the loop too, as with a stream: addresses that fail at once would else pile up on the stack.
    stage_deadline_ = Instant::min();
    wake();
  }
}

void Link::on_closed() noexcept {
  assert(stage_ == Stage::ending && "a stream closed that nobody has closed");
  stream_ = nullptr;
  const Error why = stage_error_;
  const bool server_answered = why.layer() == Layer::http && why.layer_code() != 0;
  const bool proxy_answered = why.layer() == Layer::proxy && why.layer_code() != 0;
  // By itself: that the line has been ready makes no other server of it.
  const bool may_do_better = !server_answered && !proxy_answered &&
                             classify(why, FailureHistory{}) == Verdict::again &&
                             why.kind() != ErrorKind::authentication;
  if (!close_requested_ && may_do_better && addresses_.has_next()) {
    log(LogLevel::info, "address", why.message());
    last_error_ = why;
    connect_next_address();
  } else {
    Ending ending;
    ending.error = why;
    if (server_answered) ending.http_status = why.layer_code();
    if (proxy_answered) ending.proxy_status = why.layer_code();
    ending.hint = why.retry_after();
    attempt_over(ending);
  }
  turn();
}

}  // namespace kedge
