#include "peer_tokens.hpp"

#include "../json_file.hpp"
#include "../same_secret.hpp"

#include <kedge/btp.hpp>
#include <kedge/json.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace kedge::hub::btp {

namespace {

constexpr std::size_t file_bytes_max = 64 * 1024;

/// Text that is wiped in the end, whatever happens.
class SecretText {
 public:
  explicit SecretText(std::size_t bytes) : text_(bytes, '\0') {}
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { wipe(std::as_writable_bytes(std::span(text_))); }
  [[nodiscard]] std::span<char> span() noexcept { return text_; }

 private:
  std::string text_;
};

std::size_t read_whole(const std::string& path, std::span<char> into) {
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) throw std::runtime_error(std::strerror(errno));
  // Unbuffered: a copy of the tokens must not stay behind in stdio's memory.
  std::setvbuf(file, nullptr, _IONBF, 0);
  const std::size_t size = std::fread(into.data(), 1, into.size(), file);
  const int failed = std::ferror(file) != 0 ? errno : 0;
  std::fclose(file);
  if (failed != 0) throw std::runtime_error(std::strerror(failed));
  if (size == into.size()) throw std::runtime_error("it is larger than 64 KiB");
  return size;
}

void read_token(const json::Member& member, const std::string& peer, PeerTokens& tokens) {
  SecretText buffer(member.value.text().size());
  const auto token = member.value.as_string(buffer.span());
  if (!token) json_file::fail(peer, "expected a string");
  if (const auto added = tokens.add(peer, *token); !added) json_file::fail(peer, added.error().message());
}

PeerTokens read_tokens(std::string_view text) {
  PeerTokens tokens;
  const auto peers = json_file::parse(text, {}).as_object();
  if (!peers) json_file::fail({}, "expected an object");
  for (const json::Member& member : *peers) {
    std::string buffer(member.raw_key.size(), '\0');
    const auto peer = json::unescape(member.raw_key, buffer);
    if (!peer || peer->size() > kedge::btp::peer_id_bytes_max) {
      json_file::fail(std::string(member.raw_key), "is no peer's id: longer than 128 bytes");
    }
    read_token(member, std::string(*peer), tokens);
  }
  if (tokens.empty()) json_file::fail({}, "there is no peer in it");
  return tokens;
}

}  // namespace

Result<void> PeerTokens::add(std::string_view peer, std::string_view token) {
  if (token.empty()) return Error(ErrorKind::config, "the token is empty");
  const auto [place, fresh] = tokens_.try_emplace(std::string(peer));
  if (!fresh) return Error(ErrorKind::config, "the peer is there twice");
  return place->second.assign(token);
}

bool PeerTokens::accepts(std::string_view peer, std::string_view token) const noexcept {
  auto found = tokens_.find(peer);
  if (found == tokens_.end()) found = tokens_.find(any_peer);
  if (found == tokens_.end() || found->second.empty()) return false;
  return same_secret(found->second.reveal(), token);
}

PeerTokens read_peer_tokens(const std::string& file) {
  try {
    SecretText text(file_bytes_max + 1);
    const std::size_t size = read_whole(file, text.span());
    return read_tokens({text.span().data(), size});
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(file + ": " + error.what());
  }
}

}  // namespace kedge::hub::btp
