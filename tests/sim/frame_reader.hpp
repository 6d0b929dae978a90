#pragma once
// Frames out of a byte stream (RFC 6455 section 5.2), written apart from the library's own reader so that the
// two can disagree.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace kedge::rig {

struct Frame {
  bool fin = false;
  std::uint8_t opcode = 0;
  bool masked = false;
  std::uint32_t mask_key = 0;
  std::string payload;    ///< unmasked
  std::uint64_t end = 0;  ///< position in the stream behind it

  [[nodiscard]] bool control() const noexcept { return opcode >= 8; }
};

/// An HTTP head, then frames.
class FrameReader {
 public:
  void feed(std::span<const std::byte> bytes) {
    buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  /// The head with its empty line, once it is there; afterwards frames follow.
  std::optional<std::string> head();
  [[nodiscard]] bool head_done() const noexcept { return head_done_; }
  std::optional<Frame> next();
  /// Of a data frame that has not come whole: how many bytes its payload will have, 0 while that is not
  /// known; and the payload so far.
  [[nodiscard]] std::uint64_t announced() const noexcept;
  [[nodiscard]] std::string partial() const;
  /// Why no frame will come any more, or null.
  [[nodiscard]] const char* broken() const noexcept { return broken_; }

 private:
  struct Header {
    Frame frame;
    std::uint64_t length = 0;
    std::size_t size = 0;  ///< with the mask's key
  };
  [[nodiscard]] std::optional<Header> header() const;
  [[nodiscard]] std::string payload(const Header& header, std::size_t bytes) const;
  void drop(std::size_t bytes);

  std::string buffer_;
  std::uint64_t position_ = 0;  // of buffer_'s begin in the stream
  bool head_done_ = false;
  const char* broken_ = nullptr;
};

/// A frame's bytes; `mask_key` for a client's.
[[nodiscard]] std::string encode_frame(std::uint8_t opcode, bool fin, std::string_view payload,
                                       std::optional<std::uint32_t> mask_key = std::nullopt);

}  // namespace kedge::rig
