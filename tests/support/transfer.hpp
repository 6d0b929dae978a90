#pragma once
// A program on the raw WebSocket client that moves more than any of its buffers holds, both ways at once, and
// goes on where it was after each loss. What both sides say:
//
//   C: text "resume BYTES", what it has of the download
//   S: text "resume BYTES", what it has of the upload; then the rest of the download in one message
//   C: the rest of the upload, in messages of `part_bytes`
//   S: text "done", once it has all

#include <kedge/timer.hpp>
#include <kedge/websocket.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace kedge::test {

/// Nothing in it is larger than 4 KiB.
constexpr Limits limits_of_4_kib() noexcept {
  Limits limits = Limits::tiny();
  limits.outbound_bytes = limits.outbound_message_bytes_max = limits.inbound_message_bytes_max = 4096;
  limits.read_buffer_bytes = limits.write_buffer_bytes = 4096;
  limits.fragment_bytes_max = 4096 - 14;
  return limits;
}

class Transfer final : private websocket::Source {
 public:
  static constexpr std::uint64_t bytes = 8 * 1024 * 1024;  ///< each way
  static constexpr std::uint64_t part_bytes = 512 * 1024;
  /// What stands at that place of either way.
  static constexpr std::byte at(std::uint64_t place) noexcept {
    return static_cast<std::byte>((place * 31 + place / 256) & 0xFFU);
  }

  /// Its on_state is called as well.
  Transfer(Port& port, ClientConfig client, std::span<std::byte> storage) noexcept
      : told_(std::move(client.on_state)),
        client_(port, config(std::move(client)), limits_of_4_kib(), storage) {}
  [[nodiscard]] websocket::Client& client() noexcept { return client_; }
  [[nodiscard]] std::uint64_t downloaded() const noexcept { return downloaded_; }
  [[nodiscard]] std::uint64_t uploaded() const noexcept { return uploaded_; }
  [[nodiscard]] int resumed() const noexcept { return resumed_; }
  /// All has gone both ways, and all that came is right.
  [[nodiscard]] bool good() const noexcept { return uploaded_all_ && downloaded_ == bytes && !wrong_; }

 private:
  websocket::Config config(ClientConfig client) noexcept {
    websocket::Config config;
    config.client = std::move(client);
    config.client.on_state = [this](LinkState state, const Error& error) noexcept {
      // On the next line the server says from where: what is queued would begin elsewhere.
      if (state == LinkState::waiting) client_.cancel(part_);
      if (told_) told_(state, error);
    };
    config.on_open = [this](const Opened&) noexcept {
      std::array<char, 32> words{"resume "};
      const char* end = std::to_chars(words.data() + 7, words.data() + words.size(), downloaded_).ptr;
      check(client_.send_text({words.data(), static_cast<std::size_t>(end - words.data())}).ok());
    };
    config.on_message = [this](const Message& message) noexcept {
      if (message.type == MessageType::binary) return take(message.bytes);  // a last part that fits whole
      if (message.text() == "done") return finish(uploaded_all_ = true);
      resume(message.text());
    };
    config.on_piece = [this](const websocket::Piece& piece) noexcept { take(piece.bytes); };
    return config;
  }

  void check(bool right) noexcept { wrong_ = wrong_ || !right; }
  void finish(bool all) noexcept {
    if (all && uploaded_all_ && downloaded_ == bytes) client_.close();
  }

  void take(std::span<const std::byte> piece) noexcept {
    const std::uint64_t before = downloaded_;
    for (const std::byte byte : piece) check(byte == at(downloaded_++));
    finish(downloaded_ == bytes);
    // A reader that has to write things down now and then: the server waits.
    if (before / part_bytes == downloaded_ / part_bytes) return;
    client_.pause();
    (void)timer_.start(std::chrono::milliseconds{5}, [this]() noexcept { client_.resume(); });
  }

  void resume(std::string_view words) noexcept {
    std::uint64_t from = 0;
    check(words.starts_with("resume "));
    std::from_chars(words.data() + 7, words.data() + words.size(), from);
    uploaded_ = from;
    ++resumed_;
    upload();
  }
  void upload() noexcept {
    if (uploaded_ >= bytes) return;
    place_ = uploaded_;
    end_ = std::min(uploaded_ + part_bytes, bytes);
    const auto sent = client_.send_pieces(MessageType::binary, *this, end_ - place_,
                                          [this](const Outcome& outcome) noexcept {
                                            if (!outcome.ok()) return;  // the next line says from where
                                            uploaded_ = end_;
                                            upload();
                                          });
    check(sent.ok());
    if (sent) part_ = *sent;
  }
  Result<websocket::Filled> fill(std::span<std::byte> room) noexcept override {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), end_ - place_));
    for (std::size_t i = 0; i < size; ++i) room[i] = at(place_++);
    return websocket::Filled{size, place_ == end_};
  }

  StateHandler told_;
  websocket::Client client_;
  Timer timer_{client_};
  std::uint64_t downloaded_ = 0;
  std::uint64_t uploaded_ = 0;
  std::uint64_t place_ = 0;  // of the part that is being sent
  std::uint64_t end_ = 0;
  Handle part_;
  int resumed_ = 0;
  bool uploaded_all_ = false;
  bool wrong_ = false;
};

}  // namespace kedge::test
