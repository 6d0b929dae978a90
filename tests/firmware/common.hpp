#pragma once
// What the images have in common. They are linked and measured, and never run: every event of a client is
// listened to and every call is made, so that the linker drops nothing that a user might have.

#include <kedge/client.hpp>
#include <kedge/client_config.hpp>
#include <kedge/completion.hpp>

#include <cstddef>
#include <string_view>

namespace kedge::firmware {

/// Takes what the library says, out of the compiler's sight.
void take(const void* bytes, std::size_t size) noexcept;
inline void take(std::string_view text) noexcept {
  take(text.data(), text.size());
}
inline void take(const Error& error) noexcept {
  take(error.message());
}
template <class T>
void take(const Result<T>& result) noexcept {
  take(&result, sizeof result);
}

/// With every callback of a line.
void listen(ClientConfig& config) noexcept;
/// Every call that all clients have.
void call(Client& client) noexcept;

inline void on_completion(const Outcome& outcome) noexcept {
  take(outcome.error);
  take(outcome.data.data(), outcome.data.size());
}

}  // namespace kedge::firmware
