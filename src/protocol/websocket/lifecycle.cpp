#include "impl.hpp"

#include <algorithm>
#include <array>
#include <utility>

// The line's life: what the upgrade asks for, and how it ended.

namespace kedge::websocket {

namespace {

constexpr std::array names{to_string(MessageType::text), to_string(MessageType::binary)};

CoreOptions core_options(const Config& config) noexcept {
  return {.link = {.too_large = config.on_piece ? ws::TooLarge::stream : ws::TooLarge::discard,
                   .needs_credential = config.credential != CredentialKind::none},
          .unknown_outcome = "a part of it may have arrived",
          .names = names};
}

ClientConfig line_config(Config& config) noexcept {
  if (config.credential == CredentialKind::none) config.client.credentials = nullptr;
  return std::move(config.client);
}

}  // namespace

Client::Impl::Impl(Port& port, Config&& config, const Limits& limits, Arena& arena) noexcept
    : ClientCore(port, line_config(config), core_options(config), limits, arena),
      credential_(config.credential),
      on_open_(std::move(config.on_open)),
      on_message_(std::move(config.on_message)),
      on_piece_(std::move(config.on_piece)),
      on_discarded_(std::move(config.on_discarded)),
      text_(arena.take<char>(UpgradeText::storage_bytes(limits))),
      outbound_message_bytes_max_(limits.outbound_message_bytes_max),
      source_timeout_(config.source_timeout),
      streamed_(arena.take<Streamed>(limits.pending_max)) {
  link_.ring().set_source(*this);
  (void)text_.assign(config);  // as it was when it was checked
}

Result<void> Client::Impl::on_attempt(const Secret& secret, UpgradeExtras& extras) noexcept {
  if (auto added = text_.add_to(extras); !added) return added;
  switch (credential_) {
    case CredentialKind::none:
      break;
    case CredentialKind::basic:
      return extras.add_basic(secret);
    case CredentialKind::bearer:
      return extras.add_bearer(secret);
  }
  return {};
}

void Client::Impl::on_open(const Opened& opened) noexcept {
  subprotocol_ = opened.subprotocol;
  if (on_open_) on_open_(opened);
  if (paused_) link_.pause_reading();
  link_.authenticated();
}

void Client::Impl::pause() noexcept {
  paused_ = true;
  link_.pause_reading();
}

void Client::Impl::resume() noexcept {
  if (std::exchange(paused_, false)) link_.resume_reading();
}

void Client::Impl::on_lost(const Error& why) noexcept {
  ClientCore::on_lost(why);
  rewind_sources();
}

void Client::Impl::on_turn(Instant now) noexcept {
  watch_source(now);
  ClientCore::on_turn(now);
}

Instant Client::Impl::next_deadline() const noexcept {
  return std::min(ClientCore::next_deadline(), idle_until_);
}

Judgement Client::Impl::judge(const Ending& ending, const Judgement& usual) noexcept {
  remember_peer_close(ending);
  return usual;
}

void Client::Impl::on_stopped(const Error& why) noexcept {
  if (link_.unjudged() != nullptr) remember_peer_close(*link_.unjudged());
  ClientCore::on_stopped(why);
}

void Client::Impl::remember_peer_close(const Ending& ending) noexcept {
  if (!ending.was_open) return;
  peer_close_code_ = ending.close_code;
  peer_close_reason_bytes_ = ending.close_reason.copy(peer_close_reason_.data(), peer_close_reason_.size());
}

}  // namespace kedge::websocket
