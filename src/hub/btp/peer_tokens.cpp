#include "peer_tokens.hpp"

#include "../../program/json_file.hpp"
#include "../../program/token.hpp"
#include "../same_secret.hpp"
#include "../text_file.hpp"

#include <kedge/btp.hpp>

#include <array>
#include <stdexcept>

namespace kedge::hub::btp {

namespace {

constexpr std::size_t file_bytes_max = 64 * 1024;

namespace json_file = program::json_file;

void read_token(const std::string& peer, const json_file::Value& value, PeerTokens& tokens) {
  if (!value.is_string()) json_file::fail(peer, "expected a string");
  program::Token token;
  if (const auto taken = program::take_token(value.string(), token); !taken) {
    json_file::fail(peer, std::string("the token ").append(taken.error().message()));
  }
  if (const auto added = tokens.add(peer, token.reveal()); !added)
    json_file::fail(peer, added.error().message());
}

PeerTokens read_tokens(std::string_view text) {
  PeerTokens tokens;
  const json_file::File file = json_file::parse(text, {}, json::TreeContent::secret);
  if (!file.root().is_object()) json_file::fail({}, "expected an object");
  for (const json_file::Member& member : file.root().members()) {
    if (member.name.size() > kedge::btp::peer_id_bytes_max) {
      json_file::fail(std::string(member.spelled_name), "is no peer's id: longer than 128 bytes");
    }
    read_token(std::string(member.name), member.value, tokens);
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

PeerTokens read_peer_tokens(const std::string& file, const program::Patience& patience) {
  try {
    return read_tokens(read_text_file(file, file_bytes_max, patience)->view());
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(file + ": " + error.what());
  }
}

}  // namespace kedge::hub::btp
