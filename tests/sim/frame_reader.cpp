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

std::optional<FrameReader::Header> FrameReader::header() const {
  if (!head_done_ || buffer_.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(buffer_[0]);
  const auto second = static_cast<unsigned char>(buffer_[1]);
  Header header;
  header.frame.fin = (first & 0x80U) != 0;
  header.frame.opcode = first & 0x0FU;
  header.frame.masked = (second & 0x80U) != 0;
  header.length = second & 0x7FU;
  header.size = 2;
  const std::size_t extended = header.length == 126 ? 2 : header.length == 127 ? 8 : 0;
  header.size += extended + (header.frame.masked ? 4 : 0);
  if (buffer_.size() < header.size) return std::nullopt;
  if (extended != 0) header.length = big_endian(std::string_view(buffer_).substr(2, extended));
  if (header.frame.masked)
    header.frame.mask_key =
        static_cast<std::uint32_t>(big_endian(std::string_view(buffer_).substr(header.size - 4, 4)));
  return header;
}

std::string FrameReader::payload(const Header& header, std::size_t bytes) const {
  std::string payload = buffer_.substr(header.size, bytes);
  if (!header.frame.masked) return payload;
  const std::string key = buffer_.substr(header.size - 4, 4);
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ key[i % 4]);
  return payload;
}

std::uint64_t FrameReader::announced() const noexcept {
  const auto coming = header();
  return coming && !coming->frame.control() ? coming->length : 0;
}

std::string FrameReader::partial() const {
  const auto coming = header();
  return coming ? payload(*coming, static_cast<std::size_t>(coming->length)) : std::string();
}

std::optional<Frame> FrameReader::next() {
  if (broken_ != nullptr) return std::nullopt;
  auto coming = header();
  if (!coming) return std::nullopt;
  Frame& frame = coming->frame;
  const std::uint64_t length = coming->length;
  const std::size_t length_bytes = coming->size - 2 - (frame.masked ? 4 : 0);
  if ((static_cast<unsigned char>(buffer_[0]) & 0x70U) != 0) broken_ = "reserved bits are set";
  if (length_bytes != 0 && length < (length_bytes == 2 ? 126U : 65536U))
    broken_ = "a length that is not the shortest";
  if (frame.control() && (length > 125 || !frame.fin)) broken_ = "a control frame too long or fragmented";
  if (length > 64U * 1024 * 1024) broken_ = "a frame of more than 64 MiB";
  if (broken_ != nullptr) return std::nullopt;
  const auto bytes = static_cast<std::size_t>(length);
  if (buffer_.size() < coming->size + bytes) return std::nullopt;
  frame.payload = payload(*coming, bytes);
  drop(coming->size + bytes);
  frame.end = position_;
  return std::move(frame);
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
