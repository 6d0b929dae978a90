#include "side.hpp"

#include "../../program/address.hpp"
#include "../../program/token.hpp"
#include "../text_file.hpp"

#include <stdexcept>
#include <utility>

namespace kedge::hub::btp {

namespace {

constexpr const char* token_variable = "KEDGE_HUB_BTP_TOKEN";

}  // namespace

PeerTokens ConnectorSide::read_tokens(const program::Patience& patience) const {
  if (!given_.peers_file.empty()) return read_peer_tokens(given_.peers_file, patience);
  program::TokenSource source({}, token_variable);
  if (!source.is_given()) {
    throw std::runtime_error(std::string("--btp: no tokens: set ") + token_variable +
                             " or give --btp-peers FILE");
  }
  auto read = source.prepare(patience);
  PeerTokens tokens;
  if (read) read = tokens.add(PeerTokens::any_peer, source.last().reveal());
  if (!read) throw std::runtime_error(std::string(read.error().message()));
  return tokens;
}

// The command line wins over the file.
void ConnectorSide::prepare(const program::Patience& patience) {
  if (!given_.listen.empty()) {
    const auto address = program::parse_address(given_.listen);
    if (!address) throw std::runtime_error("--btp-listen: not ADDR:PORT: " + given_.listen);
    own_address_ = OwnAddress{"--btp-listen", *address};
  }
  const auto text = read_named_file("BTP file", given_.file, patience);
  try {
    config_ = read_config(text->view());
    if (given_.crosstown_path) config_.crosstown_path = *given_.crosstown_path;
    if (given_.btp2_path) config_.btp2_path = *given_.btp2_path;
    check_paths(config_.crosstown_path, config_.btp2_path);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(given_.file + ": " + error.what());
  }
  connector_.emplace(config_, read_tokens(patience));
  operator_.emplace(*connector_);
}

void ConnectorSide::tell_where(json::Writer& writer, const std::string& base) const {
  const auto url = [&base](const std::string& path) { return base + (path == any_path ? "/" : path); };
  writer.key("btp").begin_object().member("crosstown", url(config_.crosstown_path));
  writer.member("btp2", url(config_.btp2_path)).end_object();
}

std::unique_ptr<Side> make_side() {
  return std::make_unique<ConnectorSide>();
}

}  // namespace kedge::hub::btp
