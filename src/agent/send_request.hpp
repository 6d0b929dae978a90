#pragma once
// What the body of POST /ilp/send asks for.

#include <kedge/ilp.hpp>
#include <kedge/result.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::agent {

using Hash = std::array<std::byte, ilp::hash_bytes>;

/// Most data of a packet, in bytes.
inline constexpr std::size_t data_bytes_max = 64 * 1024;
/// Longest `timeoutMs`. Who asked may be gone, and the packet still has one of the 64 places.
inline constexpr std::chrono::milliseconds timeout_max = std::chrono::minutes{10};

struct SendRequest {
  std::string destination;  ///< whether it is an address depends on the dialect
  std::uint64_t amount = 0;
  std::vector<std::byte> data;
  std::chrono::milliseconds timeout{30'000};
  std::optional<Hash> condition;
};

/// Reads a body. Errors: config, with the field and the reason; also for fields that are not known or are
/// there twice.
[[nodiscard]] Result<SendRequest> read_send_request(std::string_view body);

/// Whether a Content-Type is JSON (in UTF-8, if it says so). Other parameters mean nothing to us.
[[nodiscard]] bool is_json(std::string_view content_type) noexcept;

}  // namespace kedge::agent
