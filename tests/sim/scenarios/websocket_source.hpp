#pragma once
// Where the bytes of a message in pieces come from: well, by and by, not at all, or not as they were told.

#include "../run.hpp"

#include <kedge/websocket.hpp>

#include <string>

namespace kedge::rig {

/// What its process wants to know of it. Must not call the client.
class SourceWatcher {
 public:
  /// It is asked for bytes; `begins`: for its first ones.
  virtual void on_asked(std::uint64_t number, bool begins) = 0;
  /// It has nothing for now.
  virtual void on_dry(std::uint64_t number) = 0;
  /// It breaks its word, or fails: its message ends with an error of that kind.
  virtual void on_failed(std::uint64_t number, ErrorKind kind) = 0;

 protected:
  ~SourceWatcher() = default;
};

class ModelSource final : public websocket::Source {
 public:
  ModelSource(Run& run, SourceWatcher& watcher, std::uint64_t number, MessageType type, std::string body);

  Result<websocket::Filled> fill(std::span<std::byte> room) noexcept override;
  bool rewind() noexcept override;

  /// What it says that it will give.
  [[nodiscard]] std::optional<std::uint64_t> total() const noexcept { return total_; }
  /// It has bytes again. False: it had not run dry.
  bool refill() noexcept;
  /// The message has ended: nobody may ask any more.
  void end() noexcept;

  /// It has given some of its bytes on this line, and not all.
  [[nodiscard]] bool is_half_given() const noexcept { return begun_ && !done_; }
  [[nodiscard]] bool begun() const noexcept { return begun_; }
  [[nodiscard]] bool done() const noexcept { return done_; }
  [[nodiscard]] bool rewinds() const noexcept { return rewinds_; }
  /// The kind of the error that it made.
  [[nodiscard]] ErrorKind failure() const noexcept { return failure_; }
  /// Since when it has nothing; `never`: it has.
  [[nodiscard]] Instant dry_since() const noexcept { return dry_since_; }
  /// The same for one who may have looked at this instant before its refill.
  [[nodiscard]] Instant dry_before_refill() const noexcept {
    return run_.world.now() == refilled_at_ ? dried_at_ : dry_since_;
  }

 private:
  enum class Flaw : std::uint8_t { none, error, lies, too_few, too_many, no_text };
  Result<websocket::Filled> fail(std::span<std::byte> room);
  [[nodiscard]] Result<websocket::Filled> failed(ErrorKind kind, websocket::Filled filled);

  Run& run_;
  SourceWatcher& watcher_;
  std::uint64_t number_;
  std::string body_;
  std::optional<std::uint64_t> total_;
  Flaw flaw_ = Flaw::none;
  std::size_t flaw_at_ = 0;  // once so many bytes were given
  std::size_t at_once_;
  std::size_t at_ = 0;
  bool rewinds_;
  bool begun_ = false;
  bool done_ = false;
  bool ended_ = false;
  ErrorKind failure_ = ErrorKind::none;
  Instant dry_since_ = never;
  Instant dried_at_ = never;  // before the latest refill
  Instant refilled_at_ = never;
};

}  // namespace kedge::rig
