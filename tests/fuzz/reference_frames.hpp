#pragma once
// Frames and messages by RFC 6455 sections 5 to 8, read from the whole wire at once.

#include "reference_text.hpp"
#include "ws/message_reader.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kedge::fuzz {

struct FrameReading {
  std::vector<std::string> log;  ///< as the target's recorder writes it
  int close_code = 0;            ///< of what is wrong; 0: nothing
  bool cut_in_header = false;    ///< the wire ends inside a frame's header, or before its payload
};

class ReferenceFrames {
 public:
  ReferenceFrames(std::string_view wire, bool server, ws::TooLarge policy, std::size_t bytes_max)
      : rest_(wire), server_(server), policy_(policy), bytes_max_(bytes_max) {}

  FrameReading read() {
    while (!rest_.empty() && reading_.close_code == 0 && !closed_ && !reading_.cut_in_header && frame()) {
    }
    return reading_;
  }

 private:
  struct Header {
    bool fin, masked;
    unsigned reserved, opcode;
    std::uint64_t length;
    std::string key;
  };

  bool fail(int code) {
    reading_.close_code = code;
    return false;
  }
  std::optional<Header> refuse_header() {
    fail(1002);
    return std::nullopt;
  }
  std::optional<std::uint64_t> number(std::size_t bytes) {
    if (rest_.size() < bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : rest_.substr(0, bytes)) value = value << 8U | static_cast<unsigned char>(c);
    rest_.remove_prefix(bytes);
    return value;
  }

  /// None when the wire ends in it, or when its length is wrong.
  std::optional<Header> header() {
    const auto first = number(1);
    const auto second = number(1);
    reading_.cut_in_header = !first || !second;
    if (reading_.cut_in_header) return std::nullopt;
    Header header{(*first & 0x80U) != 0,
                  (*second & 0x80U) != 0,
                  static_cast<unsigned>(*first >> 4U & 7U),
                  static_cast<unsigned>(*first & 15U),
                  *second & 0x7FU,
                  {}};
    const bool control = header.opcode >= 8;
    if (control && (header.length > 125 || !header.fin)) return refuse_header();
    if (header.length >= 126) {
      const auto length = number(header.length == 126 ? 2 : 8);
      reading_.cut_in_header = !length;
      if (!length) return std::nullopt;
      const std::uint64_t least = header.length == 126 ? 126 : 0x10000;
      if (*length < least || *length >> 63U != 0) return refuse_header();
      header.length = *length;
    }
    if (header.masked) {
      reading_.cut_in_header = rest_.size() < 4;
      if (rest_.size() < 4) return std::nullopt;
      header.key = rest_.substr(0, 4);
      rest_.remove_prefix(4);
    }
    // A frame is looked at when the first byte of its payload is there.
    reading_.cut_in_header = header.length > 0 && rest_.empty();
    if (reading_.cut_in_header) return std::nullopt;
    return header;
  }

  bool frame() {
    const auto header = this->header();
    if (!header) return false;
    std::string payload(
        rest_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(header->length, rest_.size()))));
    rest_.remove_prefix(payload.size());
    for (std::size_t i = 0; header->masked && i < payload.size(); ++i) {
      payload[i] = static_cast<char>(payload[i] ^ header->key[i % 4]);
    }
    if (header->reserved != 0 || header->masked != server_) return fail(1002);
    return header->opcode >= 8 ? control(*header, payload) : data(*header, payload);
  }

  bool control(const Header& header, const std::string& payload) {
    if (header.opcode > 10) return fail(1002);
    if (payload.size() < header.length) return false;
    if (header.opcode != 8) {
      reading_.log.push_back((header.opcode == 9 ? "ping " : "pong ") + payload);
      return true;
    }
    if (payload.size() == 1) return fail(1002);
    int code = 1005;
    if (payload.size() >= 2) {
      code = static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
      const bool sendable =
          (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
      if (!sendable) return fail(1002);
      if (reference_utf8(std::string_view(payload).substr(2)) != Utf8Ending::whole) return fail(1007);
    }
    reading_.log.push_back("close " + std::to_string(code) + " " +
                           (payload.size() > 2 ? payload.substr(2) : ""));
    closed_ = true;
    return true;
  }

  bool data(const Header& header, const std::string& payload) {
    if (header.opcode > 2 || (header.opcode == 0) != in_message_) return fail(1002);
    if (!in_message_) {
      in_message_ = true;
      text_ = header.opcode == 1;
      large_ = false;
      message_.clear();
    }
    // The length that a frame announces decides; what does not fit any more is none that is kept.
    if (header.length > 0 && (message_.size() > bytes_max_ || header.length > bytes_max_ - message_.size()))
      large_ = true;
    if (large_ && policy_ == ws::TooLarge::close) return fail(1009);
    message_ += payload;
    const bool last = header.fin && payload.size() == header.length;
    const Utf8Ending ending = text_ ? reference_utf8(message_) : Utf8Ending::whole;
    if (ending == Utf8Ending::impossible || (last && ending != Utf8Ending::whole)) return fail(1007);
    if (!last) return payload.size() == header.length;
    in_message_ = false;
    std::string line = text_ ? "text" : "binary";
    if (!large_) {
      line += "=" + message_;
    } else if (policy_ == ws::TooLarge::stream) {
      line += "~" + message_;
    } else {
      line += "-" + std::to_string(message_.size());
    }
    reading_.log.push_back(std::move(line));
    return true;
  }

  std::string_view rest_;
  const bool server_;
  const ws::TooLarge policy_;
  const std::size_t bytes_max_;
  FrameReading reading_;
  bool closed_ = false;
  bool in_message_ = false;
  bool text_ = false;
  bool large_ = false;
  std::string message_;
};

[[nodiscard]] inline FrameReading reference_frames(std::string_view wire, bool server, ws::TooLarge policy,
                                                   std::size_t bytes_max) {
  return ReferenceFrames(wire, server, policy, bytes_max).read();
}

}  // namespace kedge::fuzz
