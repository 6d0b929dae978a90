#pragma once
// Frames out of bytes (RFC 6455 section 5.2): the one place that knows wslay. What another reader would have
// to do is what this class says, and tests/fuzz/targets/frames.cpp holds it to it.

#include <kedge/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

struct wslay_frame_context;

namespace kedge::ws {

/// A frame, or the next piece of its payload: what there is of it.
struct FramePiece {
  // Of the frame; the same in each of its pieces.
  bool fin = false;
  bool masked = false;
  std::uint8_t reserved_bits = 0;
  std::uint8_t opcode = 0;  ///< 0 to 15
  std::uint64_t payload_bytes = 0;
  /// Unmasked. In the reader's memory, until its next call.
  std::span<const std::byte> bytes;
};

/// Takes frames apart and unmasks them. It refuses lengths that are not in their shortest form or have the
/// highest bit, and control frames that are fragments or longer than 125 bytes; all else that RFC 6455 asks
/// is for who reads the pieces to check. A frame's first piece comes when its header and the first byte of
/// its payload are there.
class FrameReader {
 public:
  enum class Got : std::uint8_t {
    piece,
    starved,  ///< all bytes are taken, and no piece is whole
    broken,   ///< a header breaks RFC 6455 section 5; nothing can be read after it
  };

  FrameReader() noexcept = default;
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;
  ~FrameReader() { close(); }

  /// Starts with a connection's first byte: forgets the last one. wslay allocates its one context (4.2 KB)
  /// here and nowhere else. Errors: queue_full when there is no memory for it.
  Result<void> open() noexcept;
  /// Frees wslay's context.
  void close() noexcept;

  /// The bytes to be read from now on, in place of those before. Borrowed until the next.
  void give(std::span<const std::byte> bytes) noexcept { input_ = bytes; }
  /// How many of them were not taken yet. (Those that were may still be in wslay's buffer.)
  [[nodiscard]] std::size_t left() const noexcept { return input_.size(); }
  /// The next piece. Only while open.
  [[nodiscard]] Got next(FramePiece& piece) noexcept;

 private:
  wslay_frame_context* wslay_ = nullptr;
  std::span<const std::byte> input_;
};

}  // namespace kedge::ws
