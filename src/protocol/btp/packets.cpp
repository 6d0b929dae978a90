#include "impl.hpp"

#include <algorithm>
#include <utility>

// Packets of ours, and answers to those of the peer.

namespace kedge::btp {

namespace {

// The answer has to be here before the packet expires at the peer (README.md, request timeout).
constexpr Duration answer_margin = std::chrono::milliseconds{500};
constexpr Duration shortest_timeout = std::chrono::seconds{1};
constexpr Duration timeout_without_clock = std::chrono::seconds{10};

/// What a packet leaves for its answer.
Duration time_left(WallTime expires_at, std::optional<WallTime> now) noexcept {
  if (!now) return timeout_without_clock;
  if (expires_at <= *now) return shortest_timeout;
  return std::max<Duration>(expires_at - *now - answer_margin, shortest_timeout);
}

ilp::Packet as_packet(const ilp::Answer& answer) noexcept {
  if (const auto* fulfill = std::get_if<ilp::Fulfill>(&answer)) return *fulfill;
  return *std::get_if<ilp::Reject>(&answer);
}

Error not_connected() noexcept {
  return {ErrorKind::connection, "not connected: nothing is queued while the line is down"};
}

}  // namespace

Result<Handle> Client::Impl::send_packet(const ilp::Prepare& prepare, PacketCompletion completion,
                                         const PacketOptions& options) noexcept {
  if (is_closed()) return Error(ErrorKind::closed, "the client is closed");
  const auto not_positive = [](const auto& time) { return time && *time <= Duration::zero(); };
  if (not_positive(options.timeout) || not_positive(options.timeout_max)) {
    return Error(ErrorKind::config, "the packet's timeout is not positive");
  }
  const ilp::Packet packet = prepare;
  if (auto checked = check(dialect_, packet); !checked) return checked.error();
  if (link_.state() != LinkState::ready) return not_connected();

  PendingPool::Request request;
  request.id = take_id();
  request.deadline = after(link_.port().now(), timeout_of(prepare, options));
  OutboundOptions outbound;
  outbound.type = kedge::MessageType::binary;
  outbound.priority = options.priority;
  const auto sink = requests_.begin(request, completion.release(), outbound);
  if (!sink) return sink.error();
  // What has no room in the sink, fails in commit.
  (void)encode_packet_message(**sink, dialect_, MessageType::message, static_cast<std::uint32_t>(request.id),
                              packet);
  auto handle = requests_.commit();
  if (handle) std::copy_n(prepare.condition.begin(), ilp::hash_bytes, conditions_[handle->index].begin());
  return handle;
}

Duration Client::Impl::timeout_of(const ilp::Prepare& prepare, const PacketOptions& options) noexcept {
  if (options.timeout) return *options.timeout;
  const Duration left = time_left(prepare.expires_at, link_.port().wall_time());
  return std::min(left, options.timeout_max.value_or(left));
}

std::uint32_t Client::Impl::take_id() noexcept {
  return ids_.take([this](std::uint32_t id) noexcept { return pool_.find(id).has_value(); });
}

Result<void> Client::Impl::answer(const IncomingPacket::Id& packet, const ilp::Answer& answer) noexcept {
  if (is_closed()) return Error(ErrorKind::closed, "the client is closed");
  const ilp::Packet out = as_packet(answer);
  if (auto checked = check(dialect_, out); !checked) return checked;
  if (packet.line != line_ || !is_accepted()) {
    return Error(ErrorKind::connection, "the line that brought the packet is lost");
  }
  OutboundOptions options;
  options.type = kedge::MessageType::binary;
  OutboundRing& ring = link_.ring();
  (void)encode_packet_message(ring.begin(options), dialect_, MessageType::response, packet.request, out);
  const auto queued = ring.commit();
  if (!queued) {
    requests_.refused(queued.error());
    return queued.error();
  }
  link_.log_message("send", "RESPONSE", packet.request, ring.view(*queued).bytes);
  link_.wake();
  return {};
}

}  // namespace kedge::btp
