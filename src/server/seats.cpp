#include "seats.hpp"

namespace kedge::server {

namespace {

std::size_t seat_bytes(const Limits& limits) noexcept {
  return OutboundRing::shared_storage_bytes(limits) + limits.write_buffer_bytes;
}

std::uint32_t block_count(const ServiceConfig& config) noexcept {
  const std::uint64_t of_all = std::uint64_t{config.limits.outbound_bytes} * config.connections_max;
  const std::uint64_t bytes = config.outbound_pool_bytes != 0 ? config.outbound_pool_bytes : of_all;
  return static_cast<std::uint32_t>(bytes / config.limits.outbound_block_bytes + 1);
}

SessionConfig session_config(const ServiceConfig& config) noexcept {
  SessionConfig session;
  session.role = ws::Role::server;
  session.too_large = config.too_large;
  session.inbound_message_bytes_max = config.limits.inbound_message_bytes_max;
  session.fragment_bytes_max = config.limits.fragment_bytes_max;
  session.keepalive = config.keepalive;
  session.close_timeout = config.close_timeout;
  return session;
}

}  // namespace

Seat::Seat(const ServiceConfig& config, std::span<std::byte> read_buffer, BlockStore& blocks,
           ws::MessageBufferSource& messages)
    : memory_(std::make_unique_for_overwrite<std::byte[]>(seat_bytes(config.limits))),
      arena_(std::span(memory_.get(), seat_bytes(config.limits))),
      ring_(config.limits, arena_, blocks),
      session_(session_config(config),
               SessionMemory{read_buffer, arena_.take_untouched(config.limits.write_buffer_bytes), &messages,
                             nullptr},
               ring_, statistics_) {
  ring_.set_events(*this);
}

void Seat::clear() noexcept {
  ring_.clear();
  statistics_ = Statistics{};
}

Seats::MessagePool::MessagePool(std::size_t count, std::size_t bytes)
    : bytes_(bytes), memory_(std::make_unique_for_overwrite<std::byte[]>(count * bytes)) {
  free_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) free_.push_back(memory_.get() + i * bytes);
}

std::span<std::byte> Seats::MessagePool::acquire() noexcept {
  if (free_.empty()) return {};
  std::byte* buffer = free_.back();
  free_.pop_back();
  return {buffer, bytes_};
}

void Seats::MessagePool::release(std::span<std::byte> buffer) noexcept {
  if (!buffer.empty()) free_.push_back(buffer.data());
}

Seats::Seats(const ServiceConfig& config, std::span<std::byte> read_buffer)
    : config_(config),
      block_count_(block_count(config)),
      block_memory_(std::make_unique_for_overwrite<std::byte[]>(
          BlockStore::storage_bytes(block_count_, config.limits.outbound_block_bytes))),
      block_arena_(std::span(block_memory_.get(),
                             BlockStore::storage_bytes(block_count_, config.limits.outbound_block_bytes))),
      blocks_(block_count_, config.limits.outbound_block_bytes, block_arena_),
      messages_(config.message_buffers, config.limits.inbound_message_bytes_max) {
  seats_.reserve(config.connections_max);
  free_.reserve(config.connections_max);
  for (std::size_t i = 0; i < config.connections_max; ++i) {
    seats_.push_back(std::make_unique<Seat>(config_, read_buffer, blocks_, messages_));
    free_.push_back(seats_.back().get());
  }
}

Seat* Seats::take() noexcept {
  if (free_.empty()) return nullptr;
  Seat* seat = free_.back();
  free_.pop_back();
  return seat;
}

void Seats::give_back(Seat& seat) noexcept {
  seat.clear();  // its blocks are others' to lease
  free_.push_back(&seat);
}

}  // namespace kedge::server
