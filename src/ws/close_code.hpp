#pragma once
// Close codes (RFC 6455 section 7.4 and the IANA registry).

#include <cstdint>

namespace kedge::ws {

namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unsupported_data = 1003;
inline constexpr std::uint16_t none_received = 1005;  ///< never on the wire
inline constexpr std::uint16_t abnormal = 1006;       ///< never on the wire
inline constexpr std::uint16_t invalid_data = 1007;
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t message_too_big = 1009;
inline constexpr std::uint16_t mandatory_extension = 1010;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t service_restart = 1012;
inline constexpr std::uint16_t try_again_later = 1013;
}  // namespace close_code

/// Whether a close frame may carry this code: 1000-1003, 1007-1014, 3000-4999.
[[nodiscard]] bool close_code_valid_on_wire(std::uint16_t code) noexcept;

}  // namespace kedge::ws
