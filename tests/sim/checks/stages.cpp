#include "stages.hpp"

#include <algorithm>
#include <cstdlib>

namespace kedge::rig {

namespace {

std::int64_t number_behind(const std::string& text, std::string_view word) {
  const std::size_t at = text.find(word);
  return at == std::string::npos ? 0 : std::atoll(text.c_str() + at + word.size());
}

// In seconds. The one date that the servers here name is of the year 9999: more than an error can say.
std::int64_t hint_in(const std::string& head) {
  constexpr std::int64_t most = 0xFFFFFFFF;
  if (head.find("Retry-After: Fri") != std::string::npos) return most;
  return std::min(most, number_behind(head, "Retry-After: "));
}

}  // namespace

StageCheck::StageCheck(Run& run, const ClientConfig& config, Duration late)
    : run_(run),
      resolve_timeout_(config.resolve_timeout),
      connect_timeout_(config.connect_timeout),
      tls_timeout_(config.tls_timeout),
      upgrade_timeout_(config.upgrade_timeout),
      authentication_timeout_(config.authentication_timeout + config.close_timeout),
      late_(late) {}

void StageCheck::begin(std::string_view stage, Duration timeout) {
  stage_ = stage;
  // Its stream is closed from the loop, too.
  stage_by_ = after(run_.world.now(), timeout + late_ + std::chrono::seconds{1});
}

void StageCheck::on_resolving() {
  run_.check(!closing_, "a client that was closed begins nothing", [] { return std::string("a lookup"); });
  begin("resolving", resolve_timeout_);
}

void StageCheck::on_connecting() {
  run_.check(!closing_, "a client that was closed begins nothing",
             [] { return std::string("a connection"); });
  run_.check(status_ == 0, "no other address is tried once the server has answered with a status",
             [&] { return std::to_string(status_); });
  begin("connecting", connect_timeout_);
}

void StageCheck::on_securing() {
  begin("securing", tls_timeout_);
}

void StageCheck::on_upgrading() {
  begin("upgrading", upgrade_timeout_);
}

void StageCheck::on_answered(const std::string& head) {
  status_ = static_cast<int>(number_behind(head, "HTTP/1.1 "));
  retry_after_s_ = hint_in(head);
}

void StageCheck::on_state(LinkState state, const Error& error) {
  stage_by_ = never;
  if (state == LinkState::closing) closing_ = true;
  if (state == LinkState::connecting) {
    status_ = 0;
    retry_after_s_ = 0;
    goodbye_ = 0;
    opened_ = paused_ = false;
  }
  if (state == LinkState::authenticating) {
    opened_ = true;
    begin("authenticating", authentication_timeout_);
  }
  const bool ended = state == LinkState::waiting || state == LinkState::closed;
  if (ended && error.kind() != ErrorKind::closed) judge_end(error);
}

void StageCheck::judge_end(const Error& error) {
  const auto words = [&] { return std::string(error.message()); };
  const bool refused = status_ != 0 && status_ != 101;
  run_.check(!refused || (error.layer() == Layer::http && error.layer_code() == status_),
             "the status that the server answered with is told", words);
  run_.check(!refused || error.retry_after().count() == retry_after_s_ ||
                 error.message().starts_with("Connection lost"),
             "the wait that the server named is told", words);
  // Unless the client had a reason of its own by then; a line that just breaks is none.
  const bool broken = error.layer() == Layer::system || error.layer() == Layer::http ||
                      (error.layer() == Layer::websocket && error.layer_code() != goodbye_);
  run_.check(goodbye_ == 0 || !opened_ || paused_ || !broken, "the code that the server closed with is told",
             words);
}

void StageCheck::watch() {
  run_.check(run_.world.now() <= stage_by_, "each stage of an attempt ends by its timeout",
             [&] { return std::string(stage_); });
}

}  // namespace kedge::rig
