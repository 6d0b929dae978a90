#pragma once
// What the hub says in BTP, as whole messages.

#include "../../protocol/btp/message.hpp"

#include <kedge/ilp.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace kedge::hub::btp {

/// A MESSAGE or RESPONSE with a packet that kedge::btp::check accepts.
[[nodiscard]] std::string packet_message(kedge::btp::Dialect dialect, kedge::btp::MessageType type,
                                         std::uint32_t request_id, const ilp::Packet& packet);
/// A RESPONSE without a packet.
[[nodiscard]] std::string empty_response(kedge::btp::Dialect dialect, std::uint32_t request_id);
/// An ERROR.
[[nodiscard]] std::string error_message(kedge::btp::Dialect dialect, std::uint32_t request_id,
                                        std::string_view code, std::string_view name, std::string_view data,
                                        WallTime now);

}  // namespace kedge::hub::btp
