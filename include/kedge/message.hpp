#pragma once
// One message of a WebSocket.

#include <kedge/language.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge {

/// RFC 6455 section 5.6.
enum class MessageType : std::uint8_t {
  text,    ///< UTF-8, checked on the way in
  binary,  ///< any bytes
};
/// A stable lower-case name. Static storage.
[[nodiscard]] constexpr std::string_view to_string(MessageType type) noexcept {
  return type == MessageType::text ? "text" : "binary";
}

/// A whole message from the peer. `bytes` is valid only during the call that delivers it.
struct Message {
  MessageType type = MessageType::text;
  std::span<const std::byte> bytes;

  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

}  // namespace kedge
