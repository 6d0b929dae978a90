#pragma once
// What the open connections of one service use, from pools that are its own: a seat for each, and the blocks
// and message buffers that they lease while they send and receive.

#include "../base/arena.hpp"
#include "../base/block_store.hpp"
#include "../session/session.hpp"
#include "service.hpp"

#include <kedge/statistics.hpp>

#include <memory>
#include <span>
#include <vector>

namespace kedge::server {

/// What one open connection has to itself: its queue's entries, its write buffer, its session.
class Seat final : private OutboundEvents {
 public:
  /// Everything is borrowed and outlives this.
  Seat(const ServiceConfig& config, std::span<std::byte> read_buffer, BlockStore& blocks,
       ws::MessageBufferSource& messages);
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  [[nodiscard]] OutboundRing& ring() noexcept { return ring_; }
  [[nodiscard]] Session& session() noexcept { return session_; }
  [[nodiscard]] const Statistics& statistics() const noexcept { return statistics_; }
  /// Its queue is empty, as if nobody had sat there.
  void clear() noexcept;
  void count_refused() noexcept { ++statistics_.messages_refused; }

 private:
  // OutboundEvents
  void on_entry_sent(Handle, std::uint64_t) noexcept override {}
  void on_entry_expired(Handle, std::uint64_t) noexcept override {}

  std::unique_ptr<std::byte[]> memory_;  // allocated once; below are its parts
  Arena arena_;
  Statistics statistics_;
  OutboundRing ring_;
  Session session_;
};

/// The seats of one service. All memory is allocated when it is made.
class Seats {
 public:
  /// `read_buffer` is borrowed: sessions of one loop that are never paused share it.
  Seats(const ServiceConfig& config, std::span<std::byte> read_buffer);
  Seats(const Seats&) = delete;
  Seats& operator=(const Seats&) = delete;

  /// A seat nobody sits on, its queue empty; null when all are taken.
  [[nodiscard]] Seat* take() noexcept;
  void give_back(Seat& seat) noexcept;
  [[nodiscard]] const ServiceConfig& config() const noexcept { return config_; }

 private:
  /// Message buffers leased to connections while they assemble a message.
  class MessagePool final : public ws::MessageBufferSource {
   public:
    MessagePool(std::size_t count, std::size_t bytes);
    std::span<std::byte> acquire() noexcept override;
    void release(std::span<std::byte> buffer) noexcept override;

   private:
    std::size_t bytes_;
    std::unique_ptr<std::byte[]> memory_;
    std::vector<std::byte*> free_;
  };

  const ServiceConfig config_;
  const std::uint32_t block_count_;
  std::unique_ptr<std::byte[]> block_memory_;
  Arena block_arena_;
  BlockStore blocks_;
  MessagePool messages_;
  std::vector<std::unique_ptr<Seat>> seats_;
  std::vector<Seat*> free_;  // the one given back last comes first: its memory is warm
};

}  // namespace kedge::server
