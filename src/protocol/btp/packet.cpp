#include "packet.hpp"

#include "../../codec/oer.hpp"
#include "address.hpp"
#include "packet_time.hpp"
#include "unfit.hpp"

#include <cassert>
#include <cstdint>
#include <limits>
#include <variant>

namespace kedge::btp {

namespace {

namespace oer = codec::oer;

enum class PacketType : std::uint8_t { prepare = 12, fulfill = 13, reject = 14 };

PacketType type_of(const ilp::Packet& packet) noexcept {
  if (std::holds_alternative<ilp::Prepare>(packet)) return PacketType::prepare;
  return std::holds_alternative<ilp::Fulfill>(packet) ? PacketType::fulfill : PacketType::reject;
}

constexpr TimeFormat expiry_format(Dialect dialect) noexcept {
  return dialect == Dialect::crosstown ? TimeFormat::generalized : TimeFormat::digits;
}

// An answer may come from somebody without an address.
std::string_view triggered_by_fault(Dialect dialect, std::string_view address) noexcept {
  return address.empty() ? std::string_view{} : address_fault(dialect, address);
}

bool is_code(std::string_view code) noexcept {
  if (code.size() != ilp::code_bytes) return false;
  for (const char c : code) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

// --- reading -----------------------------------------------------------------------------------------

ilp::Prepare read_prepare(oer::Reader& reader, Dialect dialect) noexcept {
  ilp::Prepare prepare;
  prepare.amount = dialect == Dialect::crosstown ? reader.length("amount") : reader.uint(8, "amount");
  const std::size_t time_at = reader.offset();
  const TimeFormat format = expiry_format(dialect);
  const auto time = read_time(oer::as_text(reader.octets(time_bytes(format), "expires_at")), format);
  if (!time) reader.fail(time_at, "expires_at", "no moment in the years 1970 to 9999");
  prepare.expires_at = time.value_or(WallTime{});
  prepare.condition = reader.octets(ilp::hash_bytes, "condition");
  const std::size_t destination_at = reader.offset();
  prepare.destination = oer::as_text(reader.var_octets("destination"));
  if (const auto fault = address_fault(dialect, prepare.destination); !fault.empty()) {
    reader.fail(destination_at, "destination", fault);
  }
  prepare.data = reader.var_octets("data");
  return prepare;
}

ilp::Fulfill read_fulfill(oer::Reader& reader) noexcept {
  ilp::Fulfill fulfill;
  fulfill.fulfillment = reader.octets(ilp::hash_bytes, "fulfillment");
  fulfill.data = reader.var_octets("data");
  return fulfill;
}

ilp::Reject read_reject(oer::Reader& reader, Dialect dialect) noexcept {
  ilp::Reject reject;
  const std::size_t code_at = reader.offset();
  reject.code = oer::as_text(reader.octets(ilp::code_bytes, "code"));
  if (!is_code(reject.code)) reader.fail(code_at, "code", "not 3 printable characters");
  const std::size_t triggered_by_at = reader.offset();
  reject.triggered_by = oer::as_text(reader.var_octets("triggered_by"));
  if (const auto fault = triggered_by_fault(dialect, reject.triggered_by); !fault.empty()) {
    reader.fail(triggered_by_at, "triggered_by", fault);
  }
  reject.message = oer::as_text(reader.var_octets("message"));
  reject.data = reader.var_octets("data");
  return reject;
}

// --- judging what is to be written -------------------------------------------------------------------

Result<void> check_fields(Dialect dialect, const ilp::Prepare& prepare) noexcept {
  if (!is_writable(prepare.expires_at)) return unfit("expires_at", "not in the years 1970 to 9999");
  if (prepare.condition.size() != ilp::hash_bytes) return unfit("condition", "not 32 bytes");
  if (const auto fault = address_fault(dialect, prepare.destination); !fault.empty()) {
    return unfit("destination", fault);
  }
  return {};
}

Result<void> check_fields(Dialect, const ilp::Fulfill& fulfill) noexcept {
  if (fulfill.fulfillment.size() != ilp::hash_bytes) return unfit("fulfillment", "not 32 bytes");
  return {};
}

Result<void> check_fields(Dialect dialect, const ilp::Reject& reject) noexcept {
  if (!is_code(reject.code)) return unfit("code", "not 3 printable characters");
  if (const auto fault = triggered_by_fault(dialect, reject.triggered_by); !fault.empty()) {
    return unfit("triggered_by", fault);
  }
  return {};
}

// --- writing -----------------------------------------------------------------------------------------

std::uint64_t fields_bytes(Dialect dialect, const ilp::Prepare& prepare) noexcept {
  return (dialect == Dialect::crosstown ? oer::length_bytes(prepare.amount) : 8) +
         time_bytes(expiry_format(dialect)) + ilp::hash_bytes +
         oer::var_octets_bytes(prepare.destination.size()) + oer::var_octets_bytes(prepare.data.size());
}

std::uint64_t fields_bytes(Dialect, const ilp::Fulfill& fulfill) noexcept {
  return ilp::hash_bytes + oer::var_octets_bytes(fulfill.data.size());
}

std::uint64_t fields_bytes(Dialect, const ilp::Reject& reject) noexcept {
  return ilp::code_bytes + oer::var_octets_bytes(reject.triggered_by.size()) +
         oer::var_octets_bytes(reject.message.size()) + oer::var_octets_bytes(reject.data.size());
}

bool write_fields(Sink& sink, Dialect dialect, const ilp::Prepare& prepare) noexcept {
  const bool amount = dialect == Dialect::crosstown ? oer::write_length(sink, prepare.amount)
                                                    : oer::write_uint(sink, prepare.amount, 8);
  return amount && sink.write(write_time(prepare.expires_at, expiry_format(dialect)).view()) &&
         sink.write(prepare.condition) && oer::write_var_octets(sink, prepare.destination) &&
         oer::write_var_octets(sink, prepare.data);
}

bool write_fields(Sink& sink, Dialect, const ilp::Fulfill& fulfill) noexcept {
  return sink.write(fulfill.fulfillment) && oer::write_var_octets(sink, fulfill.data);
}

bool write_fields(Sink& sink, Dialect, const ilp::Reject& reject) noexcept {
  return sink.write(reject.code) && oer::write_var_octets(sink, reject.triggered_by) &&
         oer::write_var_octets(sink, reject.message) && oer::write_var_octets(sink, reject.data);
}

// std::visit could throw, by its type.
template <class F>
auto with_fields(const ilp::Packet& packet, F&& use) noexcept {
  if (const auto* prepare = std::get_if<ilp::Prepare>(&packet)) return use(*prepare);
  if (const auto* fulfill = std::get_if<ilp::Fulfill>(&packet)) return use(*fulfill);
  return use(*std::get_if<ilp::Reject>(&packet));
}

std::uint64_t fields_bytes(Dialect dialect, const ilp::Packet& packet) noexcept {
  return with_fields(packet, [&](const auto& fields) noexcept { return fields_bytes(dialect, fields); });
}

}  // namespace

Result<ilp::Packet> decode_packet(Dialect dialect, std::span<const std::byte> bytes) noexcept {
  oer::Reader reader(bytes);
  const std::uint64_t type = reader.uint(1, "type");
  if (type < 12 || type > 14) reader.fail(0, "type", "neither PREPARE, FULFILL nor REJECT");
  if (dialect == Dialect::btp2) reader.length_of_rest("contents");
  ilp::Packet packet;
  switch (static_cast<PacketType>(type)) {
    case PacketType::prepare:
      packet = read_prepare(reader, dialect);
      break;
    case PacketType::fulfill:
      packet = read_fulfill(reader);
      break;
    case PacketType::reject:
      packet = read_reject(reader, dialect);
      break;
  }
  reader.expect_end();
  if (reader.failed()) return reader.error();
  return packet;
}

Result<void> check(Dialect dialect, const ilp::Packet& packet) noexcept {
  auto checked =
      with_fields(packet, [&](const auto& fields) noexcept { return check_fields(dialect, fields); });
  if (!checked) return checked;
  // The length before a packet in a message of crosstown.
  if (packet_bytes(dialect, packet) > std::numeric_limits<std::uint32_t>::max()) {
    return unfit("data", "longer than a message can be");
  }
  return {};
}

std::uint64_t packet_bytes(Dialect dialect, const ilp::Packet& packet) noexcept {
  const std::uint64_t size = fields_bytes(dialect, packet);
  return 1 + (dialect == Dialect::btp2 ? oer::var_octets_bytes(size) : size);
}

bool encode_packet(Sink& sink, Dialect dialect, const ilp::Packet& packet) noexcept {
  assert(check(dialect, packet));
  if (!oer::write_uint(sink, static_cast<std::uint64_t>(type_of(packet)), 1)) return false;
  if (dialect == Dialect::btp2 && !oer::write_length(sink, fields_bytes(dialect, packet))) return false;
  return with_fields(packet,
                     [&](const auto& fields) noexcept { return write_fields(sink, dialect, fields); });
}

}  // namespace kedge::btp
