#include "../../codec/utf8.hpp"
#include "../core/placement.hpp"
#include "impl.hpp"

#include <utility>

// The public face: puts the client into its storage, or says why it cannot.

namespace kedge::btp {

namespace {

Error check(const Config& config) noexcept {
  if (config.dialect != Dialect::crosstown && config.dialect != Dialect::btp2)
    return {ErrorKind::config, "btp::Config::dialect is none of the two"};
  const std::string_view peer_id = config.peer_id;
  if (peer_id.empty()) return {ErrorKind::config, "btp::Config::peer_id: the peer id is empty"};
  if (peer_id.size() > peer_id_bytes_max) {
    return Error(ErrorKind::config, "btp::Config::peer_id: the peer id is longer than ")
        .append(static_cast<std::int64_t>(peer_id_bytes_max))
        .append(" bytes");
  }
  if (!codec::utf8_valid(peer_id))
    return {ErrorKind::config, "btp::Config::peer_id: the peer id is not UTF-8"};
  return {};
}

}  // namespace

std::string_view to_string(Dialect dialect) noexcept {
  return dialect == Dialect::crosstown ? "crosstown" : "btp2";
}

std::optional<Dialect> dialect_named(std::string_view name) noexcept {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    if (name == to_string(dialect)) return dialect;
  }
  return std::nullopt;
}

Client::Client(Port& port, Config config, const Limits& limits, std::span<std::byte> storage) noexcept {
  config_error_ = check_placement<storage_bytes>(limits, storage).error();
  if (!config_error_) config_error_ = check(config);
  if (!config_error_) core_ = place<Impl, storage_bytes>(limits, storage, port, std::move(config));
}

Client::Impl* Client::impl() const noexcept {
  return static_cast<Impl*>(core_);
}

Result<Handle> Client::send_packet(const ilp::Prepare& prepare, PacketCompletion completion,
                                   const PacketOptions& options) noexcept {
  if (core_ == nullptr) return config_error_;
  return impl()->send_packet(prepare, std::move(completion), options);
}

Result<void> Client::answer(const IncomingPacket::Id& packet, const ilp::Answer& answer) noexcept {
  if (core_ == nullptr) return config_error_;
  return impl()->answer(packet, answer);
}

}  // namespace kedge::btp
