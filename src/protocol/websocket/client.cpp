#include "../../codec/utf8.hpp"
#include "../../link/check_config.hpp"
#include "../core/placement.hpp"
#include "impl.hpp"

#include <utility>

// The public face: puts the client into its storage, or says why it cannot.

namespace kedge::websocket {

namespace {

/// `scratch`: the client's storage, which nobody uses yet.
Result<void> check_config(const Config& config, const Limits& limits, std::span<std::byte> scratch) noexcept {
  const DurationRule rules[] = {must_be_positive("websocket::Config::source_timeout", config.source_timeout)};
  if (auto checked = kedge::check(rules); !checked) return checked;
  const std::size_t half = UpgradeText::storage_bytes(limits);
  const std::span<char> room(reinterpret_cast<char*>(scratch.data()), scratch.size());
  UpgradeText text(room.first(half));
  if (auto assigned = text.assign(config); !assigned) return assigned;
  UpgradeExtras extras(room.subspan(half, half));
  return text.add_to(extras);
}

}  // namespace

Client::Client(Port& port, Config&& config, const Limits& limits, std::span<std::byte> storage) noexcept {
  make<Impl, storage_bytes>(port, std::move(config), limits, storage,
                            [&](const Config& made) { return check_config(made, limits, storage); });
}

Result<Handle> Client::send(MessageType type, std::span<const std::byte> bytes, Completion completion,
                            const SendOptions& options) noexcept {
  return with<Impl>([&](Impl& impl) { return impl.send(type, bytes, std::move(completion), options); });
}

Result<Handle> Client::send_pieces(MessageType type, Source& source, std::optional<std::uint64_t> total,
                                   Completion completion, const SendOptions& options) noexcept {
  return with<Impl>(
      [&](Impl& impl) { return impl.send_pieces(type, source, total, std::move(completion), options); });
}

void Client::source_ready() noexcept {
  if (core_ != nullptr) static_cast<Impl*>(core_)->source_ready();
}

void Client::pause() noexcept {
  if (core_ != nullptr) static_cast<Impl*>(core_)->pause();
}

void Client::resume() noexcept {
  if (core_ != nullptr) static_cast<Impl*>(core_)->resume();
}

Result<void> Client::close(std::uint16_t code, std::string_view reason) noexcept {
  if (!ws::close_code_valid_on_wire(code))
    return Error(ErrorKind::config, "a close frame may not carry the code ").append(std::int64_t{code});
  if (reason.size() > ws::close_reason_bytes_max)
    return Error(ErrorKind::config, "a close frame has room for a reason of 123 bytes");
  if (!codec::utf8_valid(reason)) return Error(ErrorKind::config, "the reason to close is not UTF-8");
  if (core_ != nullptr) core_->close(code, reason);
  return {};
}

std::string_view Client::subprotocol() const noexcept {
  return core_ == nullptr ? std::string_view{} : static_cast<Impl*>(core_)->subprotocol();
}

bool Client::peer_said_goodbye() const noexcept {
  return core_ != nullptr && core_->link().peer_said_goodbye();
}

PeerClose Client::peer_close() const noexcept {
  return core_ == nullptr ? PeerClose{} : static_cast<Impl*>(core_)->peer_close();
}

}  // namespace kedge::websocket
