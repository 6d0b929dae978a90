#include "protocol_client_core.hpp"

#include <algorithm>
#include <utility>

namespace kedge {

namespace {

// Requests are named by their handles in the ring, whose indices are small; what is posted by this one.
constexpr std::uint32_t posted = 0xFFFFFFFFU;

std::uint64_t as_entry_tag(std::uint32_t tag) noexcept {
  return Handle{posted, tag}.bits();
}

bool is_posted(std::uint64_t entry_tag) noexcept {
  return Handle::of_bits(entry_tag).index == posted;
}

std::uint64_t posted_tag(std::uint64_t entry_tag) noexcept {
  return Handle::of_bits(entry_tag).generation;
}

CoreOptions core_options(const ProtocolTraits& traits) noexcept {
  return {.link = {.too_large = traits.pieces ? ws::TooLarge::stream : ws::TooLarge::discard,
                   .needs_credential = traits.needs_credential,
                   .keeps_queued = true},
          .unknown_outcome = traits.unknown_outcome,
          .names = {}};
}

}  // namespace

ProtocolClient::Core::Core(Port& port, ClientConfig&& config, ProtocolClient& owner,
                           const ProtocolTraits& traits, const Limits& limits, Arena& arena) noexcept
    : ClientCore(port, std::move(config), core_options(traits), limits, arena),
      protocol_(owner),
      owner_(owner) {}

Result<Sink*> ProtocolClient::Core::begin_post(const PostOptions& options) noexcept {
  if (is_closed()) return Error(ErrorKind::closed, "the client is closed");
  if (options.timeout <= Duration::zero())
    return Error(ErrorKind::config, "the message's timeout is not positive");
  // It would go out in front of the next line's hello.
  if (options.own && !link_.is_open()) return Error(ErrorKind::connection, "there is no line");
  OutboundOptions outbound;
  outbound.type = options.type;
  outbound.priority = options.priority;
  outbound.reserved = building_own_ = options.own;
  outbound.deadline = after(link_.port().now(), options.timeout);
  outbound.tag = as_entry_tag(options.tag);
  return &link_.ring().begin(outbound);
}

Result<void> ProtocolClient::Core::end_post(const Result<void>& encoded) noexcept {
  if (!encoded && !link_.ring().ran_out()) {
    link_.ring().abandon();
    return encoded;
  }
  const Result<Handle> queued = commit_own("message", {});
  if (queued) return {};
  if (!building_own_) requests_.refused(queued.error());
  return queued.error();
}

Result<Sink*> ProtocolClient::Core::begin_request(const RequestOptions& options,
                                                  AnyCompletion completion) noexcept {
  if (is_closed()) return Error(ErrorKind::closed, "the client is closed");
  if (options.timeout <= Duration::zero() || options.answer_timeout <= Duration::zero()) {
    return Error(ErrorKind::config, "the request's timeout is not positive");
  }
  if (pool_.find(options.id)) {
    return Error(ErrorKind::config, "a request with the id ")
        .append(static_cast<std::int64_t>(options.id))
        .append(" is pending");
  }
  PendingPool::Request request;
  request.id = options.id;
  request.deadline = after(link_.port().now(), options.timeout);
  request.answer_timeout = options.answer_timeout;
  request.on_loss = options.on_loss;
  request.kind = options.kind;
  request.harmless = options.harmless;
  OutboundOptions outbound;
  outbound.type = options.type;
  outbound.priority = options.priority;
  return requests_.begin(request, std::move(completion), outbound);
}

Result<Handle> ProtocolClient::Core::end_request(const Result<void>& encoded) noexcept {
  if (encoded || link_.ring().ran_out()) return requests_.commit();
  requests_.abandon();
  return encoded.error();
}

// --- what the link says -----------------------------------------------------------------------------------

Result<void> ProtocolClient::Core::on_attempt(const Secret& secret, UpgradeExtras& extras) noexcept {
  return protocol_.on_attempt(secret, extras);
}

void ProtocolClient::Core::on_piece(MessageType type, std::span<const std::byte> piece, bool first,
                                    bool last) noexcept {
  protocol_.on_piece(type, piece, first, last);
}

void ProtocolClient::Core::on_discarded(MessageType type, std::uint64_t bytes) noexcept {
  ClientCore::on_discarded(type, bytes);
  protocol_.on_discarded(type, bytes);
}

void ProtocolClient::Core::on_sent(Handle entry, std::uint64_t tag) noexcept {
  ClientCore::on_sent(entry, tag);
  if (is_posted(tag)) protocol_.on_sent(entry, posted_tag(tag));
}

void ProtocolClient::Core::on_expired(Handle entry, std::uint64_t tag) noexcept {
  ClientCore::on_expired(entry, tag);
  if (is_posted(tag)) protocol_.on_expired(entry, posted_tag(tag));
}

void ProtocolClient::Core::on_too_large(Handle being_written) noexcept {
  ClientCore::on_too_large(being_written);
  protocol_.on_too_large(being_written);
}

Judgement ProtocolClient::Core::judge(const Ending& ending, const Judgement& usual) noexcept {
  return protocol_.judge(ending, usual);
}

void ProtocolClient::Core::on_lost(const Error& why) noexcept {
  ClientCore::on_lost(why);
  protocol_.on_lost(why);
}

void ProtocolClient::Core::on_stopped(const Error& why) noexcept {
  ClientCore::on_stopped(why);
  protocol_.on_stopped(why);
}

void ProtocolClient::Core::on_turn(Instant now) noexcept {
  ClientCore::on_turn(now);
  protocol_.on_turn(now);
}

Instant ProtocolClient::Core::next_deadline() const noexcept {
  return std::min(ClientCore::next_deadline(), protocol_.next_deadline());
}

}  // namespace kedge
