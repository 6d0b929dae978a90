#include "impl.hpp"

#include <array>
#include <utility>

// The line's life: authentication, the loss, the end. Nothing outlives a line here.

namespace kedge::btp {

constexpr std::array<std::string_view, 1> names{"MESSAGE"};

Client::Impl::Impl(Port& port, Config&& config, const Limits& limits, Arena& arena) noexcept
    // The head of an answer that is too large says whose it is.
    : ClientCore(port, std::move(config.client),
                 {{.too_large = ws::TooLarge::stream, .needs_credential = true},
                  "its outcome is unknown: it may have been delivered",
                  names},
                 limits, arena),
      on_packet_(std::move(config.on_packet)),
      peer_id_bytes_(config.peer_id.copy(peer_id_.data(), peer_id_.size())),
      dialect_(config.dialect),
      conditions_(arena.take<Condition>(limits.pending_max)) {
  link_.set_peer_id({peer_id_.data(), peer_id_bytes_});
}

void Client::Impl::on_open(const Opened& opened) noexcept {
  ++line_;
  auth_id_ = take_id();
  const std::string_view peer_id(peer_id_.data(), peer_id_bytes_);
  authenticate(kedge::MessageType::binary, "auth MESSAGE", auth_id_, [&](Sink& sink) {
    return encode_auth(sink, dialect_, auth_id_, peer_id, opened.secret.reveal());
  });
}

void Client::Impl::on_lost(const Error& why) noexcept {
  ClientCore::on_lost(why);
  // A packet is sent once, and an answer is for the line that asked.
  link_.ring().clear();
  requests_.fail_all_later(Error(ErrorKind::connection, "the line was lost before the packet was sent"));
}

// A refusal is not final (README.md), but may be told by a close code alone: it uses up an attempt, as the
// connector may not know us yet.
Judgement Client::Impl::judge(const Ending& ending, const Judgement& usual) noexcept {
  Judgement judgement = usual;
  if (ending.close_code == ws::close_code::policy_violation) judgement.verdict = Verdict::again;
  return judgement;
}

}  // namespace kedge::btp
