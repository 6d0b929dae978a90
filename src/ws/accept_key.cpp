#include "accept_key.hpp"

#include "../codec/base64.hpp"
#include "../crypto/digest.hpp"

#include <algorithm>

namespace kedge::ws {

namespace {

/// RFC 6455 section 1.3.
constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

}  // namespace

std::array<char, key_characters> make_key(std::span<const std::byte, key_bytes> random) noexcept {
  std::array<char, key_characters> key{};
  (void)codec::base64_encode(random, key);  // cannot fail: the sizes are those of the format
  return key;
}

bool key_valid(std::string_view key) noexcept {
  std::array<std::byte, key_bytes + 2> decoded;
  if (key.size() != key_characters) return false;
  const auto bytes = codec::base64_decode(key, decoded);
  return bytes && bytes->size() == key_bytes;
}

bool make_accept(std::string_view key, std::array<char, accept_characters>& accept) noexcept {
  std::array<char, key_characters + guid.size()> input{};
  std::copy_n(key.data(), std::min(key.size(), key_characters), input.begin());
  std::copy_n(guid.data(), guid.size(), input.begin() + key_characters);
  std::array<std::byte, 20> digest{};
  if (!crypto::sha1(std::as_bytes(std::span(input)), digest)) return false;
  return codec::base64_encode(digest, accept).ok();
}

}  // namespace kedge::ws
