#include "frame_reader.hpp"

namespace kedge::rig {

namespace {

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

void FrameReader::drop(std::size_t bytes) {
  buffer_.erase(0, bytes);
  position_ += bytes;
}

std::optional<std::string> FrameReader::head() {
  const std::size_t end = buffer_.find("\r\n\r\n");
  if (head_done_ || end == std::string::npos) return std::nullopt;
  std::string head = buffer_.substr(0, end + 4);
  drop(head.size());
  head_done_ = true;
  return head;
}

std::optional<Frame> FrameReader::next() {
  if (!head_done_ || broken_ != nullptr || buffer_.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(buffer_[0]);
  const auto second = static_cast<unsigned char>(buffer_[1]);
  Frame frame;
  frame.fin = (first & 0x80U) != 0;
  frame.opcode = first & 0x0FU;
  frame.masked = (second & 0x80U) != 0;
  if ((first & 0x70U) != 0) broken_ = "reserved bits are set";
  std::uint64_t length = second & 0x7FU;
  std::size_t size = 2;
  const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (extended != 0) {
    if (buffer_.size() < size + extended) return std::nullopt;
    length = big_endian(std::string_view(buffer_).substr(size, extended));
    size += extended;
    if (length < (extended == 2 ? 126U : 65536U)) broken_ = "a length that is not the shortest";
  }
  if (frame.control() && (length > 125 || !frame.fin)) broken_ = "a control frame too long or fragmented";
  if (length > 64U * 1024 * 1024) broken_ = "a frame of more than 64 MiB";
  if (broken_ != nullptr) return std::nullopt;
  const std::size_t header = size + (frame.masked ? 4 : 0);
  const auto payload = static_cast<std::size_t>(length);
  if (buffer_.size() < header + payload) return std::nullopt;
  frame.payload = buffer_.substr(header, payload);
  if (frame.masked) {
    const std::string key = buffer_.substr(size, 4);
    frame.mask_key = static_cast<std::uint32_t>(big_endian(key));
    for (std::size_t i = 0; i < frame.payload.size(); ++i)
      frame.payload[i] = static_cast<char>(frame.payload[i] ^ key[i % 4]);
  }
  drop(header + payload);
  frame.end = position_;
  return frame;
}

std::string encode_frame(std::uint8_t opcode, bool fin, std::string_view payload,
                         std::optional<std::uint32_t> mask_key) {
  std::string out;
  const auto put = [&out](std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xFFU);
  };
  const unsigned mask_bit = mask_key ? 0x80U : 0U;
  put((fin ? 0x80U : 0U) | opcode, 1);
  if (payload.size() < 126) {
    put(mask_bit | payload.size(), 1);
  } else if (payload.size() < 65536) {
    put(mask_bit | 126U, 1);
    put(payload.size(), 2);
  } else {
    put(mask_bit | 127U, 1);
    put(payload.size(), 8);
  }
  if (!mask_key) return out.append(payload);
  put(*mask_key, 4);
  for (std::size_t i = 0; i < payload.size(); ++i)
    out +=
        static_cast<char>(static_cast<unsigned char>(payload[i]) ^ (*mask_key >> (24 - 8 * (i % 4)) & 0xFFU));
  return out;
}

}  // namespace kedge::rig
