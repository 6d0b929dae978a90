#pragma once
// Two Streams joined in memory, which keep the contract of port.hpp to the letter: bytes arrive in pieces of
// any size, writes are taken in part, events come only from `run()` and only when they are owed.

#include <kedge/port.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>

namespace kedge::test {

struct PipeRules {
  std::uint32_t seed = 1;
  std::size_t piece_max = SIZE_MAX;    ///< most bytes that arrive in one turn
  std::size_t write_max = SIZE_MAX;    ///< most bytes one write takes
  std::size_t capacity = 1024 * 1024;  ///< bytes under way before writes block
};

class StreamPipe {
 public:
  explicit StreamPipe(const PipeRules& rules = {}) : rules_(rules), random_(rules.seed) {
    ends_[0].attach(*this, ends_[1]);
    ends_[1].attach(*this, ends_[0]);
  }
  StreamPipe(const StreamPipe&) = delete;
  StreamPipe& operator=(const StreamPipe&) = delete;

  class End final : public Stream {
   public:
    IoResult read(std::span<std::byte> into) noexcept override {
      ++reads;
      if (failing_) return {IoStatus::error, 0};
      if (arrived_.empty() && ended_) return {IoStatus::end, 0};
      const std::size_t size = std::min(into.size(), arrived_.size());
      std::copy_n(reinterpret_cast<const std::byte*>(arrived_.data()), size, into.begin());
      arrived_.erase(0, size);
      owes_readable_ = size < into.size();
      return size != 0 ? IoResult{IoStatus::ok, size} : IoResult{};
    }
    IoResult write(std::span<const std::byte> from) noexcept override {
      ++writes;
      if (writes_left_ != SIZE_MAX && writes_left_-- == 0) failing_ = true;
      if (writes_until_left_ != SIZE_MAX && writes_until_left_-- == 0) {
        arrived_ = last_words_;
        ended_ = gone_ = true;
      }
      if (failing_ || gone_) return {IoStatus::error, 0};
      const std::size_t room = pipe_->rules_.capacity - peer_->held();
      const std::size_t size = std::min({from.size(), room, pipe_->up_to(pipe_->rules_.write_max)});
      peer_->under_way_.append(reinterpret_cast<const char*>(from.data()), size);
      owes_writable_ = size < from.size();
      return size != 0 ? IoResult{IoStatus::ok, size} : IoResult{};
    }
    void shutdown_write() noexcept override { peer_->ending_ = true; }
    void close() noexcept override {
      closing_ = true;
      peer_->ending_ = true;
    }
    [[nodiscard]] Error error() const noexcept override {
      return Error(ErrorKind::connection, Layer::system, 104, "connection reset by peer");
    }
    void set_events(StreamEvents& events) noexcept override { events_ = &events; }

    /// Breaks this end: reads and writes fail from now on.
    void break_line() { failing_ = true; }
    /// Breaks it when this many more writes were made.
    void break_after(std::size_t more_writes) { writes_left_ = more_writes; }
    /// The peer goes, with these bytes as its last, while this many more writes are made: those behind fail,
    /// and its last words lie unread.
    void lose_peer_after(std::size_t more_writes, std::string_view last_words) {
      writes_until_left_ = more_writes;
      last_words_ = last_words;
    }
    /// What the peer's writes left here, taken past the stream: for tests that look at or forge raw bytes.
    std::string& under_way() { return under_way_; }
    [[nodiscard]] bool closed() const { return closed_; }
    std::size_t reads = 0;
    std::size_t writes = 0;

   private:
    friend class StreamPipe;
    void attach(StreamPipe& pipe, End& peer) {
      pipe_ = &pipe;
      peer_ = &peer;
    }
    [[nodiscard]] std::size_t held() const { return under_way_.size() + arrived_.size(); }
    /// One turn of the loop for this end; true when anything happened.
    bool turn() {
      bool moved = false;
      if (!under_way_.empty()) {
        const std::size_t size = std::min(under_way_.size(), pipe_->up_to(pipe_->rules_.piece_max));
        arrived_.append(under_way_, 0, size);
        under_way_.erase(0, size);
        moved = true;
      } else if (ending_ && !ended_) {
        ended_ = moved = true;
      }
      if (events_ == nullptr || closed_) return moved;
      if (closing_) {
        closed_ = true;
        events_->on_closed();
        return true;
      }
      if (owes_readable_ && (!arrived_.empty() || (ended_ && !end_told_) || failing_)) {
        owes_readable_ = false;
        end_told_ = arrived_.empty();
        events_->on_readable();
        moved = true;
      }
      if (owes_writable_ && !closing_ && (peer_->held() < pipe_->rules_.capacity || failing_)) {
        owes_writable_ = false;
        events_->on_writable();
        moved = true;
      }
      return moved;
    }

    StreamPipe* pipe_ = nullptr;
    End* peer_ = nullptr;
    StreamEvents* events_ = nullptr;
    std::string under_way_;  // to this end, not here yet
    std::string arrived_;
    bool ending_ = false, ended_ = false, end_told_ = false;
    std::size_t writes_left_ = SIZE_MAX;
    std::size_t writes_until_left_ = SIZE_MAX;
    std::string last_words_;
    bool failing_ = false, gone_ = false, closing_ = false, closed_ = false;
    bool owes_readable_ = true, owes_writable_ = false;
  };

  End& a() { return ends_[0]; }
  End& b() { return ends_[1]; }
  /// Turns the loop until nothing happens, at most `turns_max` times.
  void run(int turns_max = 1'000'000) {
    while (turns_max-- > 0) {
      const bool first = ends_[0].turn();
      const bool second = ends_[1].turn();
      if (!first && !second) return;
    }
  }

 private:
  std::size_t up_to(std::size_t most) {
    if (most == SIZE_MAX) return most;
    return std::uniform_int_distribution<std::size_t>(1, most)(random_);
  }
  PipeRules rules_;
  std::mt19937 random_;
  End ends_[2];
};

}  // namespace kedge::test
