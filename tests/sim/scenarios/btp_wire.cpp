#include "btp_wire.hpp"

#include <mbedtls/md.h>

#include <array>
#include <chrono>

namespace kedge::rig {

namespace {

std::string number(std::uint64_t value, std::size_t bytes) {
  std::string out;
  for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xFFU);
  return out;
}

std::string var_uint(std::uint64_t value) {
  if (value < 128) return number(value, 1);
  std::size_t bytes = 1;
  while (bytes < 8 && value >> (8 * bytes) != 0) ++bytes;
  return number(0x80U | bytes, 1) + number(value, bytes);
}

std::string var_octet(std::string_view bytes) {
  return var_uint(bytes.size()).append(bytes);
}

std::string digits(std::uint64_t value, std::size_t count) {
  std::string out(count, '0');
  for (std::size_t i = count; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out;
}

// Reads from the front; once something is missing, nothing comes any more.
class Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}
  [[nodiscard]] bool done() const { return good_ && rest_.empty(); }
  [[nodiscard]] bool good() const { return good_; }
  void expect(bool holds) { good_ = good_ && holds; }
  std::string_view take(std::uint64_t count) {
    expect(count <= rest_.size());
    if (!good_) return {};
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(count));
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (const char c : take(bytes)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::uint64_t var_uint() {
    const std::uint64_t first = number(1);
    if (first < 128) return first;
    const std::size_t bytes = first & 0x7FU;
    expect(bytes >= 1 && bytes <= 8);
    if (!good_) return 0;
    const std::uint64_t value = number(bytes);
    expect(value >= 128 && value >> (8 * (bytes - 1)) != 0);
    return value;
  }
  std::string_view var_octet() { return take(var_uint()); }
  std::uint64_t digits(std::size_t count) {
    std::uint64_t value = 0;
    for (const char c : take(count)) {
      expect(c >= '0' && c <= '9');
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::int64_t read_time(Cursor& from, bool crosstown) {
  namespace chrono = std::chrono;
  const auto year = static_cast<int>(from.digits(4));
  const auto month = static_cast<unsigned>(from.digits(2));
  const auto day = static_cast<unsigned>(from.digits(2));
  const auto hour = static_cast<std::int64_t>(from.digits(2));
  const auto minute = static_cast<std::int64_t>(from.digits(2));
  const auto second = static_cast<std::int64_t>(from.digits(2));
  if (crosstown) from.expect(from.take(1) == ".");
  const auto ms = static_cast<std::int64_t>(from.digits(3));
  if (crosstown) from.expect(from.take(1) == "Z");
  const chrono::year_month_day date{chrono::year(year), chrono::month(month), chrono::day(day)};
  from.expect(date.ok() && hour < 24 && minute < 60 && second < 60);
  if (!from.good()) return 0;
  const std::int64_t days = chrono::sys_days(date).time_since_epoch().count();
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + ms;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, 32> hash;
  (void)mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
                   reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash.data());
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    out += "0123456789abcdef"[value >> 4U];
    out += "0123456789abcdef"[value & 0xFU];
  }
  return out;
}

// ---- packets

std::string BtpCodec::time(std::int64_t ms) const {
  namespace chrono = std::chrono;
  const chrono::sys_time<chrono::milliseconds> when{chrono::milliseconds{ms}};
  const auto day = chrono::floor<chrono::days>(when);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{when - day};
  const auto two = [](auto value) { return digits(static_cast<std::uint64_t>(value), 2); };
  const bool crosstown = dialect_ == btp::Dialect::crosstown;
  return digits(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4) +
         two(static_cast<unsigned>(date.month())) + two(static_cast<unsigned>(date.day())) +
         two(clock.hours().count()) + two(clock.minutes().count()) + two(clock.seconds().count()) +
         (crosstown ? "." : "") + digits(static_cast<std::uint64_t>(clock.subseconds().count()), 3) +
         (crosstown ? "Z" : "");
}

std::string BtpCodec::packet_body(const IlpPacket& packet) const {
  switch (packet.kind) {
    case IlpPacket::Kind::prepare:
      return (dialect_ == btp::Dialect::crosstown ? var_uint(packet.amount) : number(packet.amount, 8)) +
             time(packet.expires_ms) + packet.hash + var_octet(packet.destination) + var_octet(packet.data);
    case IlpPacket::Kind::fulfill:
      return packet.hash + var_octet(packet.data);
    default:
      return packet.code + var_octet(packet.triggered_by) + var_octet(packet.message) +
             var_octet(packet.data);
  }
}

std::string BtpCodec::packet_of(IlpPacket::Kind kind, std::string body) const {
  if (dialect_ == btp::Dialect::btp2) body = var_octet(body);
  return number(static_cast<std::uint64_t>(kind), 1) + body;
}

std::string BtpCodec::packet(const IlpPacket& packet) const {
  return packet_of(packet.kind, packet_body(packet));
}

std::optional<IlpPacket> BtpCodec::read_packet(std::string_view bytes) const {
  const bool crosstown = dialect_ == btp::Dialect::crosstown;
  Cursor all(bytes);
  IlpPacket packet;
  packet.kind = static_cast<IlpPacket::Kind>(all.number(1));
  Cursor from(crosstown ? bytes.substr(std::min<std::size_t>(1, bytes.size())) : all.var_octet());
  if (!all.good() || (!crosstown && !all.done())) return std::nullopt;
  switch (packet.kind) {
    case IlpPacket::Kind::prepare:
      packet.amount = crosstown ? from.var_uint() : from.number(8);
      packet.expires_ms = read_time(from, crosstown);
      packet.hash = from.take(32);
      packet.destination = from.var_octet();
      from.expect(!packet.destination.empty());
      break;
    case IlpPacket::Kind::fulfill:
      packet.hash = from.take(32);
      break;
    case IlpPacket::Kind::reject:
      packet.code = from.take(3);
      packet.triggered_by = from.var_octet();
      packet.message = from.var_octet();
      break;
    default:
      return std::nullopt;
  }
  packet.data = from.var_octet();
  return from.done() ? std::optional(packet) : std::nullopt;
}

std::string BtpCodec::broken_packet(const IlpPacket& packet, std::uint64_t which) const {
  std::string body = packet_body(packet);
  switch (which) {
    case 0:  // something is missing at its end
      body.pop_back();
      return packet_of(packet.kind, body);
    case 1:
      return this->packet(packet) + '\0';
    case 2:
      return packet_of(static_cast<IlpPacket::Kind>(15), body);
    case 3:  // the length of no data, longer than needed
      body.resize(body.size() - var_octet(packet.data).size());
      return packet_of(packet.kind, body + std::string("\x81\0", 2));
    default: {
      // The thirteenth month; of what has no date, its type alone.
      if (packet.kind != IlpPacket::Kind::prepare) return std::string(1, static_cast<char>(packet.kind));
      const std::string good = time(packet.expires_ms);
      body.replace(body.find(good) + 4, 2, "13");
      return packet_of(packet.kind, body);
    }
  }
}

// ---- messages

std::string BtpCodec::message(BtpMessage::Type type, std::uint32_t id, std::string_view packet) const {
  const std::string head = number(static_cast<std::uint64_t>(type), 1) + number(id, 4);
  if (dialect_ == btp::Dialect::crosstown)
    return head + '\0' + number(packet.size(), 4) + std::string(packet);
  std::string contents = type == BtpMessage::Type::transfer ? number(107, 8) : "";
  contents += packet.empty() ? std::string("\1\0", 2)
                             : std::string("\1\1", 2) + var_octet("ilp") + '\0' + var_octet(packet);
  return head + var_octet(contents);
}

std::string BtpCodec::error(std::uint32_t id, std::string_view code, std::string_view name,
                            std::string_view data) const {
  const std::string head = number(2, 1) + number(id, 4);
  if (dialect_ == btp::Dialect::crosstown) {
    const std::string at = "2026-11-21T02:49:50.711Z";
    return head + number(code.size(), 1) + std::string(code) + number(name.size(), 1) + std::string(name) +
           number(at.size(), 1) + at + number(data.size(), 4) + std::string(data);
  }
  return head + var_octet(std::string(code) + var_octet(name) + var_octet("20261121024950.711Z") +
                          var_octet(data) + std::string("\1\0", 2));
}

std::optional<BtpMessage> BtpCodec::read(std::string_view bytes) const {
  const bool crosstown = dialect_ == btp::Dialect::crosstown;
  Cursor all(bytes);
  BtpMessage message;
  message.type = static_cast<BtpMessage::Type>(all.number(1));
  message.id = static_cast<std::uint32_t>(all.number(4));
  if (!all.good()) return std::nullopt;
  Cursor from(crosstown ? bytes.substr(5) : all.var_octet());
  if (!crosstown && !all.done()) return std::nullopt;
  const bool entries = message.type != BtpMessage::Type::error || !crosstown;
  switch (message.type) {
    case BtpMessage::Type::response:
    case BtpMessage::Type::message:
      break;
    case BtpMessage::Type::transfer:
      if (crosstown) return std::nullopt;
      (void)from.number(8);
      break;
    case BtpMessage::Type::error:
      message.code = from.take(crosstown ? from.number(1) : 3);
      message.name = crosstown ? from.take(from.number(1)) : from.var_octet();
      (void)(crosstown ? from.take(from.number(1)) : from.var_octet());
      message.data = crosstown ? from.take(from.number(4)) : from.var_octet();
      break;
    default:
      return std::nullopt;
  }
  if (entries) {
    const std::uint64_t count = from.number(crosstown ? 1 : static_cast<std::size_t>(from.var_uint()));
    for (std::uint64_t i = 0; i < count && from.good(); ++i) {
      BtpEntry& entry = message.entries.emplace_back();
      entry.name = crosstown ? from.take(from.number(1)) : from.var_octet();
      entry.content_type = static_cast<std::uint16_t>(from.number(crosstown ? 2 : 1));
      entry.data = crosstown ? from.take(from.number(4)) : from.var_octet();
      if (!crosstown && entry.name == "ilp" && message.packet.empty()) message.packet = entry.data;
    }
    if (crosstown) message.packet = from.take(from.number(4));
  }
  return from.done() ? std::optional(message) : std::nullopt;
}

std::string BtpCodec::broken_message(std::string message, std::uint64_t which) {
  switch (which) {
    case 0:
      message.pop_back();
      return message;
    case 1:
      return message + '\0';
    case 2:
      message[0] = 9;  // a type that there is not
      return message;
    case 3:
      return message.substr(0, 4);
    default:
      return {};
  }
}

}  // namespace kedge::rig
