// ILP packets in both dialects: what is decoded is encoded again to the same bytes, what can be encoded is
// decoded to the same packet, and nothing else.
#include "protocol/btp/packet.hpp"

#include "../btp_input.hpp"

using namespace kedge;
using namespace kedge::fuzz;
using btp::Dialect;

namespace {

std::string encoded(Dialect dialect, const ilp::Packet& packet) {
  return encoded_in(static_cast<std::size_t>(btp::packet_bytes(dialect, packet)),
                    [&](Sink& sink) { return btp::encode_packet(sink, dialect, packet); });
}

void judge_views(const ilp::Packet& packet, std::string_view bytes) {
  bool inside = false;
  if (const auto* prepare = std::get_if<ilp::Prepare>(&packet)) {
    inside = lies_in(as_text(prepare->condition), bytes) && lies_in(prepare->destination, bytes) &&
             lies_in(as_text(prepare->data), bytes);
  } else if (const auto* fulfill = std::get_if<ilp::Fulfill>(&packet)) {
    inside = lies_in(as_text(fulfill->fulfillment), bytes) && lies_in(as_text(fulfill->data), bytes);
  } else {
    const auto& reject = std::get<ilp::Reject>(packet);
    inside = lies_in(reject.code, bytes) && lies_in(reject.triggered_by, bytes) &&
             lies_in(reject.message, bytes) && lies_in(as_text(reject.data), bytes);
  }
  PROMISE(inside, "a decoded packet is views into its bytes");
}

void decode(Dialect dialect, std::string_view text) {
  const Exact bytes(text);
  const auto packet = btp::decode_packet(dialect, bytes.bytes());
  if (!packet) {
    judge_refusal(packet.error(), text.size());
    return;
  }
  judge_views(*packet, bytes.text());
  PROMISE(btp::check(dialect, *packet), "what was decoded can be encoded");
  PROMISE(encoded(dialect, *packet) == text, "to the same bytes");
  for (const std::size_t size : {text.size() - 1, text.size() / 2}) {
    const Exact prefix(text.substr(0, size));
    PROMISE(!btp::decode_packet(dialect, prefix.bytes()), "no packet is the beginning of another");
  }
}

bool same_fields(const ilp::Packet& a, const ilp::Packet& b) {
  if (a.index() != b.index()) return false;
  if (const auto* p = std::get_if<ilp::Prepare>(&a)) {
    const auto& q = std::get<ilp::Prepare>(b);
    return p->amount == q.amount && p->expires_at == q.expires_at &&
           as_text(p->condition) == as_text(q.condition) && p->destination == q.destination &&
           as_text(p->data) == as_text(q.data);
  }
  if (const auto* p = std::get_if<ilp::Fulfill>(&a)) {
    const auto& q = std::get<ilp::Fulfill>(b);
    return as_text(p->fulfillment) == as_text(q.fulfillment) && as_text(p->data) == as_text(q.data);
  }
  const auto& p = std::get<ilp::Reject>(a);
  const auto& q = std::get<ilp::Reject>(b);
  return p.code == q.code && p.triggered_by == q.triggered_by && p.message == q.message &&
         as_text(p.data) == as_text(q.data);
}

void encode(Dialect dialect, const ilp::Packet& packet) {
  if (const auto checked = btp::check(dialect, packet); !checked) {
    PROMISE(checked.error().kind() == ErrorKind::config, "what cannot be encoded is a config error");
    return;
  }
  const std::string bytes = encoded(dialect, packet);
  const auto back = btp::decode_packet(dialect, as_bytes(bytes));
  PROMISE(back && same_fields(*back, packet), "what was encoded is decoded to the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t letter = input.byte();
  const Dialect dialect = dialect_of(letter);
  const std::string_view rest = input.rest();
  decode(dialect, decoder_input(letter, 1, rest));

  Input fields(data, size);
  const std::uint64_t amount = fields.number(1 + fields.byte() % 8U);
  // 6 bytes reach the year 10889, and half of those before 1970 are tried too.
  const auto milliseconds =
      static_cast<std::int64_t>(fields.number(6)) - (fields.byte() % 4U == 0 ? 1LL << 47U : 0);
  const std::string_view hash = fields.take(fields.byte() % 16U == 0 ? 31 : 32);
  const std::string_view code = fields.take(fields.byte() % 16U == 0 ? 2 : 3);
  const std::string_view address = fields.until(';');
  const std::string_view message = fields.until(';');
  const auto more = as_bytes(fields.rest());
  const WallTime expires_at{std::chrono::milliseconds(milliseconds)};
  encode(dialect, ilp::Prepare{amount, expires_at, as_bytes(hash), address, more});
  encode(dialect, ilp::Fulfill{as_bytes(hash), more});
  encode(dialect, ilp::Reject{code, address, message, more});
  return 0;
}
