#pragma once
// A protocol of the tests, of public headers alone: a hello, and requests that the server echoes. As small as
// a protocol can be that has all of a client's promises, and the place where those to its author are tested.
//
//   C: hello TOKEN       S: welcome
//   C: ID TEXT           S: ID TEXT, or ID !WORDS: refused, or ID ?: what nobody can read
//   C: note TEXT

#include <kedge/protocol_client.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::toy {

class Client final : public ProtocolClient {
 public:
  Client(Port& port, ClientConfig config, const Limits& limits, std::span<std::byte> storage,
         const ProtocolTraits& traits = {.unknown_outcome = "nobody knows"}) noexcept;
  /// Completes with the text. The id is the toy's when `options` has none. Errors: those of every client's
  /// requests.
  Result<Handle> ask(std::string_view text, Completion completion, RequestOptions options = {}) noexcept;
  Result<void> note(std::string_view text, const PostOptions& options = {}) noexcept;

  using ProtocolClient::accepted;
  using ProtocolClient::append_of_peer;
  using ProtocolClient::ask;
  using ProtocolClient::complete;
  using ProtocolClient::end_line;
  using ProtocolClient::fail;
  using ProtocolClient::fail_unread;
  using ProtocolClient::find;
  using ProtocolClient::hold_messages;
  using ProtocolClient::is_accepted;
  using ProtocolClient::kind_of;
  using ProtocolClient::log;
  using ProtocolClient::now;
  using ProtocolClient::pause_reading;
  using ProtocolClient::post;
  using ProtocolClient::protocol_error;
  using ProtocolClient::release_messages;
  using ProtocolClient::resume_reading;
  using ProtocolClient::set_keepalive;
  using ProtocolClient::set_outbound_message_bytes_max;

  /// What it was told, in order: `open`, `ready`, `sent TAG`, `expired TAG`, `discarded BYTES`,
  /// `piece BYTES`, `lost`, `stopped`.
  std::vector<std::string> heard;
  bool hold_when_ready = false;
  std::function<void()> when_ready;
  std::function<void(std::uint64_t tag)> when_sent;

 private:
  void on_open(const Opened& opened) noexcept override;
  void on_ready() noexcept override;
  void on_message(const Message& message) noexcept override;
  void on_piece(MessageType type, std::span<const std::byte> piece, bool first, bool last) noexcept override;
  void on_discarded(MessageType type, std::uint64_t bytes) noexcept override;
  void on_sent(Handle entry, std::uint64_t tag) noexcept override;
  void on_expired(Handle entry, std::uint64_t tag) noexcept override;
  void on_lost(const Error& why) noexcept override;
  void on_stopped(const Error& why) noexcept override;
  [[nodiscard]] std::string_view name_of(std::uint32_t kind) const noexcept override;
  void hear(std::string_view what, std::uint64_t number) noexcept;

  std::uint64_t last_id_ = 0;
};

}  // namespace kedge::toy
