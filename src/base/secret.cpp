#include <kedge/secret.hpp>

#include <cstring>

namespace kedge {

void wipe(std::span<std::byte> memory) noexcept {
  auto* bytes = reinterpret_cast<volatile unsigned char*>(memory.data());
  for (std::size_t i = 0; i < memory.size(); ++i) bytes[i] = 0;
}

Result<void> Secret::assign(std::string_view secret) noexcept {
  if (secret.size() > memory_.size()) {
    clear();
    Error error(ErrorKind::too_large, "the secret is longer than ");
    error.append(static_cast<std::int64_t>(memory_.size())).append(" bytes");
    if (!limit_.empty()) error.append(" (").append(limit_).append(")");
    return error;
  }
  // It may be a part of what is here: moved first, and the rest wiped.
  if (!secret.empty()) std::memmove(memory_.data(), secret.data(), secret.size());
  size_ = secret.size();
  wipe(std::as_writable_bytes(memory_.subspan(size_)));
  return {};
}

void Secret::clear() noexcept {
  wipe(std::as_writable_bytes(memory_));
  size_ = 0;
}

}  // namespace kedge
