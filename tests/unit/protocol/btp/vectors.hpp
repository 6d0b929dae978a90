#pragma once
// The vectors of BTP in both dialects: what is said, and its bytes in hexadecimal.

#include "protocol/btp/message.hpp"

#include "codec/hex.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kedge::test {

using btp::Dialect;

[[nodiscard]] inline std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

/// The bytes of hexadecimal digits; blanks between them are for the reader.
[[nodiscard]] inline std::string from_hex(std::string_view digits) {
  std::string bytes;
  int high = -1;
  for (const char c : digits) {
    if (c == ' ') continue;
    const int digit = codec::hex_digit(c);
    if (high >= 0) bytes += static_cast<char>(high * 16 + digit);
    high = high >= 0 ? -1 : digit;
  }
  return bytes;
}

[[nodiscard]] inline std::string to_hex(std::string_view bytes) {
  std::string digits;
  for (const char c : bytes) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4U];
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) & 15U];
  }
  return digits;
}

[[nodiscard]] inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
[[nodiscard]] inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A sink without end.
class TextSink final : public Sink {
 public:
  using Sink::write;
  bool write(std::span<const std::byte> bytes) noexcept override {
    text += text_of(bytes);
    return true;
  }
  std::string text;
};

inline const std::string ones = repeated("\x01", 32);
inline const std::string sevens = repeated("\x07", 32);
inline const std::string nines = repeated("\x09", 32);
inline const std::string ones_hex = repeated("01", 32);
inline const std::string sevens_hex = repeated("07", 32);
inline const std::string nines_hex = repeated("09", 32);

/// 2026-12-01T12:34:56.789Z
inline constexpr WallTime expiry{std::chrono::milliseconds{1796128496789}};
/// 2026-11-21T02:49:50.711Z
inline constexpr WallTime failure{std::chrono::milliseconds{1795229390711}};

struct PacketVector {
  std::string_view name;
  Dialect dialect;
  ilp::Packet packet;
  std::string hex;
};

[[nodiscard]] inline ilp::Prepare prepare_of(std::uint64_t amount, std::string_view destination,
                                             std::string_view data) {
  return {amount, expiry, bytes_of(ones), destination, bytes_of(data)};
}

[[nodiscard]] inline std::vector<PacketVector> packet_vectors() {
  const std::string time = "32303236313230313132333435362e3738395a";
  const std::string bob = "0f746573742e7365727665722e626f62";
  const ilp::Fulfill fulfill{bytes_of(sevens), bytes_of("ok")};
  const ilp::Reject reject{"F02", "test.connector", "no route", {}};
  const std::string reject_hex = "463032 0e746573742e636f6e6e6563746f72 086e6f20726f757465 00";
  constexpr Dialect crosstown = Dialect::crosstown;
  constexpr Dialect btp2 = Dialect::btp2;
  return {
      {"PREPARE 107", crosstown, prepare_of(107, "test.server.bob", nines),
       "0c 6b" + time + ones_hex + bob + "20" + nines_hex},
      {"PREPARE 1000 without data", crosstown, prepare_of(1000, "test.server.bob", {}),
       "0c 8203e8" + time + ones_hex + bob + "00"},
      {"PREPARE 2^64-1", crosstown, prepare_of(UINT64_MAX, "g", {}),
       "0c 88ffffffffffffffff" + time + ones_hex + "0167 00"},
      {"FULFILL", crosstown, fulfill, "0d" + sevens_hex + "026f6b"},
      {"REJECT", crosstown, reject, "0e" + reject_hex},
      {"PREPARE 107 of btp2", btp2, prepare_of(107, "test.server.bob", nines),
       "0c6a 000000000000006b 3230323631323031313233343536373839" + ones_hex + bob + "20" + nines_hex},
      {"PREPARE 2^64-1 of btp2", btp2, prepare_of(UINT64_MAX, "g.a", {}),
       "0c3e ffffffffffffffff 3230323631323031313233343536373839" + ones_hex + "03672e61 00"},
      {"FULFILL of btp2", btp2, fulfill, "0d23" + sevens_hex + "026f6b"},
      {"REJECT of btp2", btp2, reject, "0e1c" + reject_hex},
  };
}

struct MessageVector {
  std::string_view name;
  Dialect dialect;
  std::string hex;
};

inline const std::string auth_crosstown =
    "060000000101046175746800000000002c7b22706565724964223a226167656e742d72756e74696d65222c22736563726574223a"
    "2273"
    "3363726574227d00000000";
inline const std::string accepted_crosstown = "01000000010000000000";
inline const std::string response_crosstown = "01 00000002 00 00000024 0d" + sevens_hex + "026f6b";
inline const std::string error_crosstown =
    "02 00000002 03463030 084254504572726f72 18323032362d31312d32315430323a34393a35302e3731315a 00000000";
inline const std::string auth_btp2 =
    "06000000012e0103046175746800000d617574685f757365726e616d650105616c6963650a617574685f746f6b656e010373686"
    "8";
inline const std::string accepted_btp2 = "0100000001020100";
inline const std::string response_btp2 = "01 00000002 2d 0101 03696c70 00 25 0d23" + sevens_hex + "026f6b";
inline const std::string error_btp2 =
    "02 00000002 3d 463030 104e6f744163636570746564 4572726f72 1332303236313132313032343935302e3731315a"
    "12696e76616c696420617574685f746f6b656e 0100";
inline const std::string transfer_btp2 =
    "07 0000002a 17 00000000000003e8 0101 04 6d656d6f 01 06 74686520 6d65";

[[nodiscard]] inline std::vector<MessageVector> message_vectors() {
  return {
      {"auth", Dialect::crosstown, auth_crosstown},
      {"auth accepted", Dialect::crosstown, accepted_crosstown},
      {"RESPONSE with a FULFILL", Dialect::crosstown, response_crosstown},
      {"ERROR", Dialect::crosstown, error_crosstown},
      {"auth of btp2", Dialect::btp2, auth_btp2},
      {"auth of btp2 accepted", Dialect::btp2, accepted_btp2},
      {"RESPONSE of btp2 with a FULFILL", Dialect::btp2, response_btp2},
      {"ERROR of btp2", Dialect::btp2, error_btp2},
      {"TRANSFER", Dialect::btp2, transfer_btp2},
  };
}

}  // namespace kedge::test
