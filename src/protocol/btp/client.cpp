#include "../../codec/utf8.hpp"
#include "../core/placement.hpp"
#include "impl.hpp"

#include <utility>

// The public face.

namespace kedge::btp {

static Result<void> check_config(const Config& config) noexcept {
  if (config.dialect != Dialect::crosstown && config.dialect != Dialect::btp2)
    return Error(ErrorKind::config, "btp::Config::dialect is none of the two");
  const std::string_view peer_id = config.peer_id;
  if (peer_id.empty()) return Error(ErrorKind::config, "btp::Config::peer_id: the peer id is empty");
  if (peer_id.size() > peer_id_bytes_max) {
    return Error(ErrorKind::config, "btp::Config::peer_id: the peer id is longer than ")
        .append(static_cast<std::int64_t>(peer_id_bytes_max))
        .append(" bytes");
  }
  if (!codec::utf8_valid(peer_id))
    return Error(ErrorKind::config, "btp::Config::peer_id: the peer id is not UTF-8");
  return {};
}

std::string_view to_string(Dialect dialect) noexcept {
  return dialect == Dialect::crosstown ? "crosstown" : "btp2";
}

std::optional<Dialect> dialect_named(std::string_view name) noexcept {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    if (name == to_string(dialect)) return dialect;
  }
  return std::nullopt;
}

Client::Client(Port& port, Config&& config, const Limits& limits, std::span<std::byte> storage) noexcept {
  make<Impl, storage_bytes>(port, std::move(config), limits, storage, check_config);
}

Result<Handle> Client::send_packet(const ilp::Prepare& prepare, PacketCompletion completion,
                                   const PacketOptions& options) noexcept {
  return with<Impl>([&](Impl& impl) { return impl.send_packet(prepare, std::move(completion), options); });
}

Result<void> Client::answer(const IncomingPacket::Id& packet, const ilp::Answer& answer) noexcept {
  return with<Impl>([&](Impl& impl) { return impl.answer(packet, answer); });
}

}  // namespace kedge::btp
