#include "../../codec/utf8.hpp"
#include "../../link/check_config.hpp"
#include "../core/placement.hpp"
#include "impl.hpp"

#include <utility>

// The public face: puts the client into its storage, or says why it cannot.

namespace kedge::websocket {

namespace {

/// `scratch`: the client's storage, which nobody uses yet.
Error check(const Config& config, const Limits& limits, std::span<std::byte> scratch) noexcept {
  const DurationRule rules[] = {must_be_positive("websocket::Config::source_timeout", config.source_timeout)};
  if (auto checked = kedge::check(rules); !checked) return checked.error();
  const std::size_t half = UpgradeText::storage_bytes(limits);
  const std::span<char> room(reinterpret_cast<char*>(scratch.data()), scratch.size());
  UpgradeText text(room.first(half));
  if (auto assigned = text.assign(config); !assigned) return assigned.error();
  UpgradeExtras extras(room.subspan(half, half));
  return text.add_to(extras).error();
}

}  // namespace

Client::Client(Port& port, Config config, const Limits& limits, std::span<std::byte> storage) noexcept {
  config_error_ = check_placement(limits, storage).error();
  if (!config_error_) config_error_ = check(config, limits, storage);
  if (!config_error_) core_ = place<Impl>(limits, storage, port, std::move(config));
}

Client::Impl* Client::impl() const noexcept {
  return static_cast<Impl*>(core_);
}

Result<Handle> Client::send(MessageType type, std::span<const std::byte> bytes, Completion completion,
                            const SendOptions& options) noexcept {
  if (core_ == nullptr) return config_error_;
  return impl()->send(type, bytes, std::move(completion), options);
}

Result<Handle> Client::send_pieces(MessageType type, Source& source, std::optional<std::uint64_t> total,
                                   Completion completion, const SendOptions& options) noexcept {
  if (core_ == nullptr) return config_error_;
  return impl()->send_pieces(type, source, total, std::move(completion), options);
}

void Client::source_ready() noexcept {
  if (core_ != nullptr) impl()->source_ready();
}

void Client::pause() noexcept {
  if (core_ != nullptr) impl()->pause();
}

void Client::resume() noexcept {
  if (core_ != nullptr) impl()->resume();
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
  return core_ == nullptr ? std::string_view{} : impl()->subprotocol();
}

PeerClose Client::peer_close() const noexcept {
  return core_ == nullptr ? PeerClose{} : impl()->peer_close();
}

}  // namespace kedge::websocket
