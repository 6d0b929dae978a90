#pragma once
// Addresses on a command line.

#include <kedge/port.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace kedge::program {

/// Reads `1.2.3.4:80`, `[::1]:80` or, when `default_host` is not empty, a port alone. Port 0 is any free one.
/// None when it is no address literal and port: names are not looked up.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text, std::string_view default_host = {});
/// The same spelling back.
[[nodiscard]] std::string to_string(const Address& address);

}  // namespace kedge::program
