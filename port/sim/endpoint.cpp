#include "endpoint.hpp"

#include "network.hpp"

#include <algorithm>
#include <cerrno>

namespace kedge::sim::detail {

void Endpoint::place(Connection& connection, std::uint8_t side) noexcept {
  connection_ = &connection;
  side_ = side;
  open_event_ = {this, [](void* self) noexcept { static_cast<Endpoint*>(self)->tell_open(); }};
  readable_event_ = {this, [](void* self) noexcept { static_cast<Endpoint*>(self)->tell_readable(); }};
  writable_event_ = {this, [](void* self) noexcept { static_cast<Endpoint*>(self)->tell_writable(); }};
  closed_event_ = {this, [](void* self) noexcept { static_cast<Endpoint*>(self)->tell_closed(); }};
  reset_event_ = {this, [](void* self) noexcept {
                    static_cast<Endpoint*>(self)->breaks(
                        Error(ErrorKind::connection, Layer::system, ECONNRESET, "connection reset by peer"));
                  }};
}

void Endpoint::start(State state, Calls* calls, StreamEvents* events, PeerHandler* peer) noexcept {
  state_ = state;
  calls_ = calls;
  events_ = events;
  peer_ = peer;
  error_ = Error{};
  want_read_ = true;
  want_write_ = false;
  shut_ = false;
  end_told_ = false;
  raw_told_bytes_ = 0;
}

bool Endpoint::something_to_read() const noexcept {
  const Pipe& pipe = connection_->inbound(side_);
  return pipe.readable() > 0 || pipe.end_arrived() || broken();
}

void Endpoint::tell_readable_if_wanted() noexcept {
  if (state_ != State::open || readable_event_.scheduled()) return;
  if (raw() || (want_read_ && something_to_read())) {
    connection_->network->schedule(readable_event_, Instant{});
  }
}

IoResult Endpoint::injected_failure(Call call) noexcept {
  connection_->network->happened(Happened::failed_call, connection_->number, static_cast<std::int64_t>(call),
                                 side_);
  connection_->breaks(ECONNRESET, "connection reset");
  return {IoStatus::error, 0};
}

IoResult Endpoint::read(std::span<std::byte> into) noexcept {
  Network& network = *connection_->network;
  if (!network.require(!done(), "a stream is not used after on_closed") ||
      !network.require(state_ == State::open || state_ == State::closing, "read only an open stream") ||
      !network.require(!into.empty(), "read into at least one byte")) {
    return {IoStatus::error, 0};
  }
  if (calls_->made(Call::read)) return injected_failure(Call::read);
  if (state_ == State::closing) return {IoStatus::error, 0};
  Pipe& pipe = connection_->inbound(side_);
  std::size_t count = into.size();
  const NetworkProfile& profile = connection_->profile;
  if (profile.read_bytes_max != 0) {
    count = std::min(
        count, static_cast<std::size_t>(connection_->rng.between(std::uint64_t{1}, profile.read_bytes_max)));
  }
  count = pipe.take(into.first(count), profile.keep_segments);
  if (count > 0) connection_->side_read(side_);
  if (count == 0 && broken()) return {IoStatus::error, 0};
  if (count == 0 && pipe.end_arrived()) return {IoStatus::end, 0};
  network.happened(Happened::read, connection_->number, static_cast<std::int64_t>(count), side_);
  calls_->moved(count, 0);
  want_read_ = count < into.size();
  if (want_read_) {
    tell_readable_if_wanted();
  } else {
    network.queue.cancel(readable_event_);  // a user that got all it asked for reads on by itself
  }
  return {count > 0 ? IoStatus::ok : IoStatus::would_block, count};
}

std::size_t Endpoint::accepts(std::size_t offered, bool& room_left) noexcept {
  const NetworkProfile& profile = connection_->profile;
  Rng& rng = connection_->rng;
  std::size_t count = offered;
  if (rng.chance(profile.write_block_permille)) {
    count = 0;
  } else if (profile.write_bytes_max != 0) {
    count = std::min(count, static_cast<std::size_t>(rng.between(std::uint64_t{1}, profile.write_bytes_max)));
  }
  Pipe& pipe = connection_->outbound(side_);
  const std::size_t room = pipe.end_put() ? count : pipe.room();  // the line was cut: the bytes go nowhere
  room_left = room > count;
  return std::min(count, room);
}

IoResult Endpoint::write(std::span<const std::byte> from) noexcept {
  Network& network = *connection_->network;
  if (!network.require(!done(), "a stream is not used after on_closed") ||
      !network.require(state_ == State::open || state_ == State::closing, "write only to an open stream") ||
      !network.require(!from.empty(), "write at least one byte") ||
      !network.require(!shut_, "no write follows shutdown_write")) {
    return {IoStatus::error, 0};
  }
  if (calls_->made(Call::write)) return injected_failure(Call::write);
  if (state_ == State::closing || broken()) return {IoStatus::error, 0};
  bool room_left = false;
  const std::size_t count = accepts(from.size(), room_left);
  connection_->send(side_, from.first(count));
  calls_->moved(0, count);
  want_write_ = count < from.size();
  network.queue.cancel(writable_event_);
  if (want_write_ && room_left) {
    has_room(after(network.now(),
                   connection_->rng.between(Duration::zero(), connection_->profile.writable_delay_max)));
  }
  return {count > 0 ? IoStatus::ok : IoStatus::would_block, count};
}

void Endpoint::shutdown_write() noexcept {
  Network& network = *connection_->network;
  if (!network.require(!done(), "a stream is not used after on_closed") ||
      !network.require(state_ == State::open || state_ == State::closing, "shut down only an open stream")) {
    return;
  }
  if (shut_ || state_ == State::closing) return;
  shut_ = true;
  want_write_ = false;
  network.queue.cancel(writable_event_);
  if (!broken()) connection_->send_end(side_);
}

void Endpoint::close() noexcept {
  Network& network = *connection_->network;
  if (!network.require(!done(), "a stream is not used after on_closed") || state_ == State::closing) return;
  network.happened(Happened::close, connection_->number, 0, side_);
  const State before = state_;
  state_ = State::closing;
  cancel_all();
  network.schedule(closed_event_, Instant{});
  if (before != State::failed) connection_->side_closed(side_);
}

void Endpoint::set_events(StreamEvents& events) noexcept {
  if (connection_->network->require(!done(), "a stream is not used after on_closed")) events_ = &events;
}

void Endpoint::opens(Instant when, const Error& error) noexcept {
  error_ = error;
  connection_->network->schedule(open_event_, when);
}

void Endpoint::accepted() noexcept {
  state_ = State::open;
  tell_readable_if_wanted();
}

void Endpoint::arrived() noexcept {
  tell_readable_if_wanted();
}

void Endpoint::has_room(Instant when) noexcept {
  if (state_ == State::open && want_write_ && !writable_event_.scheduled()) {
    connection_->network->schedule(writable_event_, when);
  }
}

void Endpoint::breaks_at(Instant when) noexcept {
  if (done() || broken() || reset_event_.scheduled()) return;
  connection_->network->schedule(reset_event_, when);
}

bool Endpoint::loses_what_is_under_way() noexcept {
  const bool reset = reset_event_.scheduled();
  connection_->network->queue.cancel(open_event_);
  connection_->network->queue.cancel(reset_event_);
  return reset;
}

void Endpoint::breaks(const Error& error) noexcept {
  if (broken() || done() || state_ == State::closing || state_ == State::failed) return;
  Network& network = *connection_->network;
  network.happened(Happened::broken, connection_->number, error.layer_code(), side_);
  network.queue.cancel(reset_event_);
  error_ = error;
  if (state_ == State::opening) {
    network.schedule(open_event_, Instant{});
    return;
  }
  if (connection_->profile.reset_discards) connection_->inbound(side_).drop_readable();
  tell_readable_if_wanted();
  network.queue.cancel(writable_event_);
  has_room(network.now());
}

void Endpoint::abandon() noexcept {
  if (done()) return;
  cancel_all();
  state_ = State::closed;
  connection_->send_reset(side_);
}

void Endpoint::cancel_all() noexcept {
  EventQueue& queue = connection_->network->queue;
  for (Event* event : {&open_event_, &readable_event_, &writable_event_, &closed_event_, &reset_event_}) {
    queue.cancel(*event);
  }
}

void Endpoint::tell_open() noexcept {
  Network& network = *connection_->network;
  state_ = broken() ? State::failed : State::open;
  network.happened(broken() ? Happened::not_opened : Happened::opened, connection_->number,
                   error_.layer_code());
  if (raw()) {
    const bool failed = broken();
    if (failed) state_ = State::closed;
    raw_tell(failed ? PeerEvent::failed : PeerEvent::open);
    if (failed) network.release_if_done(*connection_);
    return;
  }
  calls_->woken();
  tell_readable_if_wanted();  // bytes may have come with the answer
  if (broken()) {
    events_->on_error(error_);
  } else {
    events_->on_open();
  }
}

void Endpoint::tell_readable() noexcept {
  if (raw()) {
    raw_tell_arrived();
    return;
  }
  want_read_ = false;
  if (events_ == nullptr) return;
  calls_->woken();
  events_->on_readable();
}

void Endpoint::tell_writable() noexcept {
  want_write_ = false;
  if (raw() && !broken()) raw_tell(PeerEvent::writable);
  if (events_ == nullptr) return;
  calls_->woken();
  events_->on_writable();
}

void Endpoint::tell_closed() noexcept {
  Connection& connection = *connection_;
  Network& network = *connection.network;
  const std::uint32_t number = connection.number;
  StreamEvents* events = events_;
  state_ = State::closed;
  network.happened(Happened::closed, number, 0, side_);
  if (side_ == 1 && connection.host != nullptr) connection.host->stream_closed();
  calls_->woken();
  if (events != nullptr) events->on_closed();
  // `on_closed` may have opened the next connection, even in this place.
  if (connection.number == number) network.release_if_done(connection);
}

}  // namespace kedge::sim::detail
