// Messages whose bytes are asked for when there is room for them.

#include "session.hpp"

namespace kedge {

// A source is asked for as much as a fragment holds, so that what it gives by and by does not go out in
// splinters.
bool Session::put_piece(Handle entry, const OutboundRing::View& view) noexcept {
  if (phase_ != Phase::open) {
    parting_messages_ = 0;  // what is not here yet is not owed
    return false;
  }
  const std::span<std::byte> rest = memory_.write_buffer.subspan(write_end_);
  const std::size_t header_bytes = ws::frame_header_bytes(config_.fragment_bytes_max, masked());
  if (header_bytes + config_.fragment_bytes_max > rest.size()) return false;
  const std::span<std::byte> room = rest.subspan(header_bytes, config_.fragment_bytes_max);
  const OutboundSource::Given piece = ring_.fill(entry, room);
  if (piece.bytes == 0 && !piece.last) return false;
  ws::FrameHeader header{.fin = piece.last,
                         .opcode = view.written == 0 ? opcode_of(view.type) : ws::Opcode::continuation,
                         .payload_bytes = piece.bytes,
                         .masked = masked(),
                         .mask_key = 0};
  if (!put_header(header)) return false;
  // A shorter payload has a shorter header: its bytes move to the front, which a forward copy may do.
  ws::mask_copy(memory_.write_buffer.data() + write_end_, room.data(), piece.bytes, header.mask_key, 0);
  write_end_ += piece.bytes;
  ring_.filled(entry, piece, accepted_bytes_ + write_end_);
  statistics_.message_bytes_out += piece.bytes;
  if (piece.last) ++statistics_.messages_out;
  // A fast source on a fast line would never let go of the loop: one buffer of it a turn.
  write_pending_ = true;
  return true;
}

}  // namespace kedge
