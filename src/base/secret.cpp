#include <kedge/secret.hpp>

#include <cstring>

namespace kedge {

void wipe(std::span<std::byte> memory) noexcept {
  auto* bytes = reinterpret_cast<volatile unsigned char*>(memory.data());
  for (std::size_t i = 0; i < memory.size(); ++i) bytes[i] = 0;
}

Result<void> Secret::assign(std::string_view secret) noexcept {
  if (secret.size() > bytes_max) {
    clear();
    return Error(ErrorKind::too_large, "the secret is longer than ")
        .append(std::int64_t{bytes_max})
        .append(" bytes");
  }
  // It may be a part of what is here: moved first, and the rest wiped.
  if (!secret.empty()) std::memmove(bytes_.data(), secret.data(), secret.size());
  size_ = secret.size();
  wipe(std::as_writable_bytes(std::span(bytes_).subspan(size_)));
  return {};
}

void Secret::clear() noexcept {
  wipe(std::as_writable_bytes(std::span(bytes_)));
  size_ = 0;
}

}  // namespace kedge
