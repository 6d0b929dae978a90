#pragma once
// The client behind its public face: what the link tells it, and the requests that wait.
//
// requests.cpp starts and cancels them, lifecycle.cpp follows the line (authentication, the first poll, polls
// after a loss), answers.cpp settles them.

#include "../core/client_core.hpp"
#include "id_scanner.hpp"
#include "ids.hpp"
#include "poll_schedule.hpp"
#include "reply.hpp"
#include "row.hpp"
#include "row_matcher.hpp"
#include "row_stream.hpp"

#include <kedge/agent_gate.hpp>

#include <array>

namespace kedge::agent_gate {

class Client::Impl : public ClientCore, private RowSink {
 public:
  /// Bytes it takes from an arena, beside its own size.
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
    return ClientCore::storage_bytes(limits, limits.result_row_bytes_max) +
           arena_bytes<RowKey>(limits.pending_max);
  }
  Impl(Port& port, Config&& config, const Limits& limits, Arena& arena) noexcept;

  Result<Handle> tool_request(std::string_view tool, std::string_view args, Completion completion,
                              const RequestOptions& options) noexcept;
  Result<Handle> call(Method method, Completion completion, const RequestOptions& options) noexcept;
  [[nodiscard]] std::optional<std::uint64_t> request_id(Handle request) noexcept;

 private:
  // Polls of which a close waits for the answer. More than these at once nobody starts.
  static constexpr std::size_t last_polls_max = 4;

  // ClientCore
  void on_close() noexcept override;
  // Protocol
  void on_open(const Opened& opened) noexcept override;
  void on_ready() noexcept override;
  void on_message(const Message& message) noexcept override;
  void on_piece(MessageType type, std::span<const std::byte> piece, bool first, bool last) noexcept override;
  void on_sent(Handle entry, std::uint64_t tag) noexcept override;
  [[nodiscard]] bool finishing() const noexcept override;
  void on_lost(const Error& why) noexcept override;
  void on_stopped(const Error& why) noexcept override;
  [[nodiscard]] Judgement judge(const Ending& ending, const Judgement& usual) noexcept override;
  void on_turn(Instant now) noexcept override;
  [[nodiscard]] Instant next_deadline() const noexcept override;
  // RowSink
  void on_row(std::span<char> text, std::uint64_t bytes) noexcept override;

  static_assert(sizeof(RowKey) == row_key_bytes);

  // What a tool request needs beside its method.
  struct ToolCall {
    std::string_view tool;
    std::string_view args;
    RowKey key;
  };

  // requests.cpp
  Result<void> seed() noexcept;
  Result<void> check(const RequestOptions& options) noexcept;
  Result<Handle> start(Method method, const ToolCall& call, Completion completion,
                       const RequestOptions& options) noexcept;

  // lifecycle.cpp
  void poll(Instant now) noexcept;
  void poll_over() noexcept;
  void limit_waits_for_rows() noexcept;
  [[nodiscard]] bool waits_for_rows() noexcept;
  void collect_last_polls() noexcept;

  // answers.cpp
  void on_auth_answer(const Reply& reply) noexcept;
  void on_answer(const Reply& reply, std::string_view message) noexcept;
  void on_streamed_answer(const RowStream::End& end) noexcept;
  void on_unreadable(std::string_view message, const Error& why) noexcept;
  void on_request_answer(Handle handle, const Reply& reply) noexcept;
  void complete(Handle handle, std::string_view json) noexcept;
  /// Ends a tool request by the JSON text of its `{status, data}`, answered or from a row.
  void settle(Handle handle, std::string_view tool_result) noexcept;
  [[nodiscard]] bool is_poll(std::uint64_t id) noexcept;
  void on_poll_answer(std::uint64_t id, const Error& error) noexcept;
  void read_rows(std::string_view message) noexcept;
  [[nodiscard]] std::optional<Handle> request_of(const Row& row, bool whole) noexcept;
  void settle_by_row(Handle handle, const Row& row, std::uint64_t bytes, bool whole) noexcept;
  void hand_on_unclaimed(const Row& row, std::uint64_t bytes, bool whole) noexcept;
  void unexpected_id(ReplyId::Kind kind, std::uint64_t id) noexcept;
  void log_received(std::string_view what, const ReplyId& id, std::uint64_t bytes) noexcept;

  // Rows of the message being read.
  struct RowCounts {
    std::uint32_t rows = 0;
    std::uint32_t resolved = 0;
  };

  Limits limits_;
  RowHandler on_unclaimed_row_;
  RowKeys row_keys_;
  RowStream rows_;
  IdScanner scanner_;
  PollSchedule schedule_;
  Ids ids_;
  codec::HashKey hash_key_{};
  Handle poll_entry_;             // the client's own poll while it waits in the ring
  std::uint64_t first_poll_ = 0;  // the id of the first poll while its answer may come
  std::array<std::uint64_t, last_polls_max> last_polls_{};  // ids, while a close waits for them; 0: none
  Instant polled_at_{};                                     // the first poll of this line
  bool drained_ = false;                                    // the first poll is over: requests may go out
  bool polled_ = false;                                     // since the line is ready
  const bool fetch_at_ready_;
  RowCounts counts_;
};

}  // namespace kedge::agent_gate
