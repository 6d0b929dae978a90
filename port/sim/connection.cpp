#include "connection.hpp"

#include "network.hpp"

#include <algorithm>
#include <cerrno>

namespace kedge::sim::detail {

void Connection::place(Network& owner, std::uint16_t place, std::span<std::byte> storage) noexcept {
  network = &owner;
  index = place;
  storage_ = storage;
  ends[0].place(*this, 0);
  ends[1].place(*this, 1);
  request_event_ = {this, [](void* self) noexcept { static_cast<Connection*>(self)->arrives_at_host(); }};
  reset_event_ = {this, [](void* self) noexcept {
                    auto* connection = static_cast<Connection*>(self);
                    if (!connection->silent) connection->breaks(ECONNRESET, "connection reset");
                  }};
  silence_event_ = {this, [](void* self) noexcept { static_cast<Connection*>(self)->cut(Cut::silent); }};
  end_event_ = {this, [](void* self) noexcept { static_cast<Connection*>(self)->cut(Cut::clean); }};
  arrival_event_[0] = {this,
                       [](void* self) noexcept { static_cast<Connection*>(self)->something_arrives(0); }};
  arrival_event_[1] = {this,
                       [](void* self) noexcept { static_cast<Connection*>(self)->something_arrives(1); }};
}

void Connection::start(std::uint32_t new_number, const NetworkProfile& new_profile, const Address& new_from,
                       const Address& new_to) noexcept {
  number = new_number;
  profile = new_profile;
  from = new_from;
  to = new_to;
  host = nullptr;
  silent = false;
  // Its own numbers: what happens on one connection does not change the others.
  rng = Rng(mix(network->seed ^ (std::uint64_t{new_number} << 32)));
  const std::size_t each = storage_.size() / 2;
  const std::size_t limit =
      profile.buffer_bytes == 0 ? each : std::min<std::size_t>(each, profile.buffer_bytes);
  for (std::size_t side = 0; side < 2; ++side) {
    pipes_[side].start(storage_.subspan(side * each, limit));
    reset_at[side] = no_byte;
    reset_lost_[side] = false;
  }
}

void Connection::stop() noexcept {
  for (Event* event : {&request_event_, &reset_event_, &silence_event_, &end_event_, &arrival_event_[0],
                       &arrival_event_[1]}) {
    network->queue.cancel(*event);
  }
  for (Endpoint& end : ends) end.cancel_all();
}

Instant Connection::arrival() noexcept {
  const Instant exact = after(network->now(), rng.between(profile.latency_min, profile.latency_max));
  if (profile.merge_window <= Duration::zero()) return exact;
  const Duration over = exact.time_since_epoch() % profile.merge_window;
  return over == Duration::zero() ? exact : after(exact, profile.merge_window - over);
}

void Connection::connect() noexcept {
  network->happened(Happened::connect, number, to.port);
  if (rng.chance(profile.no_answer_permille)) {
    cut(Cut::silent);
  } else if (rng.chance(profile.refuse_permille)) {
    ends[0].opens(arrival(), Error(ErrorKind::connection, Layer::system, ECONNREFUSED, "connection refused"));
  } else if (rng.chance(profile.unreachable_permille)) {
    ends[0].opens(arrival(), Error(ErrorKind::connection, Layer::system, EHOSTUNREACH, "no route to host"));
  } else {
    network->schedule(request_event_, arrival());
  }
}

void Connection::arrives_at_host() noexcept {
  HostState* there = network->host_at(to);
  const Admission admission = there == nullptr   ? Admission::refuse
                              : there->admission ? there->admission()
                                                 : Admission::accept;
  if (admission == Admission::ignore) return cut(Cut::silent);
  if (admission == Admission::refuse) {
    ends[0].opens(arrival(), Error(ErrorKind::connection, Layer::system, ECONNREFUSED, "connection refused"));
    return;
  }
  there->take(*this);
  ends[0].opens(arrival(), Error{});
  draw_fates();
  there->announce(*this);
}

void Connection::draw_fates() noexcept {
  const auto draw = [this](const Fate& fate, Event& event) noexcept {
    if (rng.chance(fate.permille)) {
      network->schedule(event, after(network->now(), rng.between(fate.after_min, fate.after_max)));
    }
  };
  draw(profile.reset, reset_event_);
  draw(profile.silence, silence_event_);
  draw(profile.end, end_event_);
  if (rng.chance(profile.reset_out.permille)) {
    reset_at[0] = rng.between(profile.reset_out.after_min, profile.reset_out.after_max);
  }
  if (rng.chance(profile.reset_in.permille)) {
    reset_at[1] = rng.between(profile.reset_in.after_min, profile.reset_in.after_max);
  }
  if (reset_at[0] == 0 || reset_at[1] == 0)
    network->schedule(reset_event_, after(arrival(), profile.latency_max));
}

void Connection::send(std::uint8_t side, std::span<const std::byte> bytes) noexcept {
  if (bytes.empty()) return;
  network->happened(Happened::sent, number, static_cast<std::int64_t>(bytes.size()), side);
  Pipe& pipe = pipes_[side];
  if (pipe.end_put()) {  // cut off: nobody is there who could take it
    ends[side].breaks_at(after(arrival(), profile.latency_max));
    return;
  }
  // What follows the byte at which the line breaks was taken by the sender's machine and goes nowhere.
  const std::uint64_t left = reset_at[side] - std::min(reset_at[side], pipe.total_put());
  if (bytes.size() > left) bytes = bytes.first(static_cast<std::size_t>(left));
  while (!bytes.empty()) {
    std::size_t size = bytes.size();
    if (profile.segment_bytes_max != 0) {
      size =
          std::min(size, static_cast<std::size_t>(rng.between(std::uint64_t{1}, profile.segment_bytes_max)));
    }
    pipe.put(bytes.first(size), arrival());
    bytes = bytes.subspan(size);
  }
  schedule_arrival(side);
}

void Connection::send_end(std::uint8_t side) noexcept {
  pipes_[side].put_end(arrival());
  schedule_arrival(side);
}

void Connection::send_reset(std::uint8_t side) noexcept {
  if (silent) {
    reset_lost_[side] = true;
    return;
  }
  ends[1 - side].breaks_at(std::max(arrival(), pipes_[side].last_arrival()));
}

void Connection::side_closed(std::uint8_t side) noexcept {
  if (ends[1].state() == Endpoint::State::unused) {  // nobody has heard of this connection yet
    network->queue.cancel(request_event_);
  } else if (!ends[side].broken()) {
    if (inbound(side).readable() > 0) {
      send_reset(side);  // as TCP does: data was lost (RFC 2525 section 2.17)
    } else {
      send_end(side);
    }
  }
}

void Connection::side_read(std::uint8_t side) noexcept {
  if (!silent) ends[1 - side].has_room(arrival());
}

void Connection::schedule_arrival(std::uint8_t side) noexcept {
  const Instant next_one = pipes_[side].next_arrival();
  if (!silent && next_one != never) network->schedule(arrival_event_[side], next_one);
}

void Connection::something_arrives(std::uint8_t side) noexcept {
  Pipe& pipe = pipes_[side];
  const std::size_t bytes = pipe.arrive(network->now());
  Endpoint& receiver = ends[1 - side];
  network->happened(bytes > 0 ? Happened::arrived : Happened::end_arrived, number,
                    static_cast<std::int64_t>(bytes), side);
  schedule_arrival(side);
  if (receiver.done() || receiver.state() == Endpoint::State::closing) {
    pipe.drop_readable();
    if (bytes > 0) send_reset(static_cast<std::uint8_t>(1 - side));
    return;
  }
  // It may arrive at the instant of a reset, and behind it.
  if (receiver.broken() && profile.reset_discards) pipe.drop_readable();
  receiver.arrived();
  if (pipe.total_arrived() >= reset_at[side]) breaks(ECONNRESET, "connection reset");
}

void Connection::breaks(int code, const char* words) noexcept {
  const Error error(ErrorKind::connection, Layer::system, code, words);
  network->queue.cancel(arrival_event_[0]);
  network->queue.cancel(arrival_event_[1]);
  network->queue.cancel(request_event_);
  for (Endpoint& end : ends) end.breaks(error);
}

void Connection::cut(Cut cut) noexcept {
  network->happened(Happened::cut, number, static_cast<std::int64_t>(cut));
  if (cut == Cut::reset || (cut == Cut::clean && ends[0].state() == Endpoint::State::opening)) {
    breaks(ECONNRESET, "connection reset");
  } else if (cut == Cut::clean) {
    send_end(0);
    send_end(1);
  } else if (!silent) {
    silent = true;
    network->queue.cancel(request_event_);
    for (std::size_t side = 0; side < 2; ++side) {
      network->queue.cancel(arrival_event_[side]);
      if (ends[side].loses_what_is_under_way()) reset_lost_[1 - side] = true;
    }
  }
}

void Connection::restore() noexcept {
  if (!silent) return;
  silent = false;
  network->happened(Happened::restored, number);
  if (ends[0].state() == Endpoint::State::opening && !ends[0].broken()) {
    if (ends[1].state() == Endpoint::State::unused) {
      network->schedule(request_event_, arrival());
    } else {
      ends[0].opens(arrival(), Error{});
    }
  }
  for (std::uint8_t side = 0; side < 2; ++side) {
    if (pipes_[side].next_arrival() != never) {
      network->schedule(arrival_event_[side], std::max(arrival(), pipes_[side].next_arrival()));
    }
    if (pipes_[side].room() > 0) ends[side].has_room(arrival());
    if (reset_lost_[side]) {
      reset_lost_[side] = false;
      send_reset(side);
    }
  }
}

}  // namespace kedge::sim::detail
