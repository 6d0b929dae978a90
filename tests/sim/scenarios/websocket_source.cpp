#include "websocket_source.hpp"

#include <algorithm>
#include <cstring>

namespace kedge::rig {

ModelSource::ModelSource(Run& run, SourceWatcher& watcher, std::uint64_t number, MessageType type,
                         std::string body)
    : run_(run), watcher_(watcher), number_(number), body_(std::move(body)), rewinds_(run.rng.chance(600)) {
  sim::Rng& rng = run_.rng;
  if (rng.chance(500)) total_ = body_.size();
  // Little at a time, but not for ever.
  at_once_ =
      rng.chance(300) ? body_.size() / 40 + static_cast<std::size_t>(rng.between(1, 20)) : body_.size() + 1;
  if (!run_.mishap(120)) return;
  flaw_at_ = static_cast<std::size_t>(rng.between(std::uint64_t{0}, std::uint64_t{body_.size()}));
  flaw_ = pick(rng, {Flaw::error, Flaw::lies, Flaw::too_few, Flaw::too_many, Flaw::no_text});
  if (flaw_ == Flaw::no_text && type != MessageType::text) flaw_ = Flaw::error;
  // One that gives more breaks its word with the byte too many, one that gives less with its end.
  if (flaw_ == Flaw::too_many || flaw_ == Flaw::too_few) flaw_at_ = body_.size();
  if (flaw_ == Flaw::too_few) total_ = body_.size() + 1;
  if (flaw_ == Flaw::too_many) total_ = body_.size();
}

Result<websocket::Filled> ModelSource::fill(std::span<std::byte> room) noexcept {
  const auto which = [&] { return "request " + std::to_string(number_); };
  run_.check(!ended_, "a source is asked no more once its message has ended", which);
  run_.check(!done_ && failure_ == ErrorKind::none, "a source is asked no more once it has given all", which);
  run_.check(!room.empty(), "a source is given room", which);
  if (ended_ || done_) return websocket::Filled{};
  watcher_.on_asked(number_, !begun_);
  if (dry_since_ == never && run_.mishap(60)) {
    run_.count(Fault::dry_source);
    dry_since_ = run_.world.now();
  }
  if (dry_since_ != never) {
    watcher_.on_dry(number_);
    return websocket::Filled{};
  }
  if (flaw_ != Flaw::none && at_ >= flaw_at_) return fail(room);
  const std::size_t until = flaw_ == Flaw::none ? body_.size() : flaw_at_;
  const std::size_t bytes = std::min({room.size(), at_once_, until - at_});
  if (bytes > 0) std::memcpy(room.data(), body_.data() + at_, bytes);
  at_ += bytes;
  // The end may come without bytes.
  const bool last = at_ == body_.size() && flaw_ == Flaw::none && (bytes == 0 || run_.rng.chance(800));
  done_ = last;
  begun_ = begun_ || bytes > 0 || last;
  // Nothing, where the flaw is all that is left: it comes at once.
  if (bytes == 0 && !last) return fail(room);
  return websocket::Filled{bytes, last};
}

Result<websocket::Filled> ModelSource::failed(ErrorKind kind, websocket::Filled filled) {
  failure_ = kind;
  run_.count(Fault::bad_source);
  watcher_.on_failed(number_, kind);
  return filled;
}

Result<websocket::Filled> ModelSource::fail(std::span<std::byte> room) {
  switch (flaw_) {
    case Flaw::lies:
      return failed(ErrorKind::config, {room.size() + 1, false});
    case Flaw::too_many:
      room[0] = std::byte{'x'};
      return failed(ErrorKind::config, {1, run_.rng.chance(500)});
    case Flaw::too_few:
      return failed(ErrorKind::config, {0, true});
    case Flaw::no_text:
      room[0] = std::byte{0xFF};
      return failed(ErrorKind::config, {1, run_.rng.chance(500)});
    default:
      break;
  }
  // Whatever it says, it is its own affair: no other line would mend it, and none is refused for it.
  const Error error = pick(run_.rng, {Error(ErrorKind::remote, "the file cannot be read"),
                                      Error(ErrorKind::authentication, Layer::protocol, 7, "no such file"),
                                      Error(ErrorKind::config, "no file was named"),
                                      Error(ErrorKind::protocol, Layer::http, 404, "no such page")});
  (void)failed(error.kind(), {});
  return error;
}

bool ModelSource::rewind() noexcept {
  const auto which = [&] { return "request " + std::to_string(number_); };
  run_.check(!ended_, "a source is asked no more once its message has ended", which);
  run_.check(begun_, "only what was begun begins again", which);
  if (!rewinds_) return false;
  at_ = 0;
  begun_ = done_ = false;
  dry_since_ = never;
  return true;
}

bool ModelSource::refill() noexcept {
  if (dry_since_ == never) return false;
  dried_at_ = std::exchange(dry_since_, never);
  refilled_at_ = run_.world.now();
  return true;
}

void ModelSource::end() noexcept {
  ended_ = true;
  body_ = {};
}

}  // namespace kedge::rig
