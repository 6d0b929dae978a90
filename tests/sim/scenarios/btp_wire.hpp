#pragma once
// BTP and ILP on the wire in both dialects, written from the protocol page apart from the library's codecs,
// so that the two can disagree.

#include <kedge/btp.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::rig {

struct IlpPacket {
  enum class Kind : std::uint8_t { none = 0, prepare = 12, fulfill = 13, reject = 14 };
  Kind kind = Kind::none;
  std::uint64_t amount = 0;
  std::int64_t expires_ms = 0;  ///< since 1970
  std::string hash;             ///< condition or fulfillment
  std::string destination;
  std::string code, triggered_by, message;
  std::string data;

  friend bool operator==(const IlpPacket&, const IlpPacket&) = default;
};

struct BtpEntry {
  std::string name;
  std::uint16_t content_type = 0;
  std::string data;

  friend bool operator==(const BtpEntry&, const BtpEntry&) = default;
};

struct BtpMessage {
  enum class Type : std::uint8_t { response = 1, error = 2, message = 6, transfer = 7 };
  Type type = Type::message;
  std::uint32_t id = 0;
  std::vector<BtpEntry> entries;
  std::string packet;            ///< empty when there is none
  std::string code, name, data;  ///< of an ERROR
};

class BtpCodec {
 public:
  explicit BtpCodec(btp::Dialect dialect) noexcept : dialect_(dialect) {}
  [[nodiscard]] btp::Dialect dialect() const noexcept { return dialect_; }

  [[nodiscard]] std::string packet(const IlpPacket& packet) const;
  /// Nothing when it breaks the dialect's rules.
  [[nodiscard]] std::optional<IlpPacket> read_packet(std::string_view bytes) const;

  /// MESSAGE, RESPONSE, or TRANSFER (btp2 only); an empty packet is none.
  [[nodiscard]] std::string message(BtpMessage::Type type, std::uint32_t id, std::string_view packet) const;
  [[nodiscard]] std::string error(std::uint32_t id, std::string_view code, std::string_view name,
                                  std::string_view data) const;
  [[nodiscard]] std::optional<BtpMessage> read(std::string_view bytes) const;

  // What nobody may take for a packet, or for a message; `which` from 0 picks a way to break it.
  static constexpr std::uint64_t ways_to_break = 5;
  [[nodiscard]] std::string broken_packet(const IlpPacket& packet, std::uint64_t which) const;
  [[nodiscard]] static std::string broken_message(std::string message, std::uint64_t which);

 private:
  [[nodiscard]] std::string packet_body(const IlpPacket& packet) const;
  [[nodiscard]] std::string packet_of(IlpPacket::Kind kind, std::string body) const;
  [[nodiscard]] std::string time(std::int64_t ms) const;

  btp::Dialect dialect_;
};

[[nodiscard]] std::string sha256(std::string_view bytes);
[[nodiscard]] std::string hex(std::string_view bytes);

}  // namespace kedge::rig
