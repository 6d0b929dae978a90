#include "packet_json.hpp"

#include "../../program/hex.hpp"
#include "../../program/printable.hpp"
#include "../../program/string_sink.hpp"

namespace kedge::cli::btp {

using program::write_text;

std::string answer_as_json(const ilp::Answer& answer) {
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object();
  if (const auto* fulfill = std::get_if<ilp::Fulfill>(&answer)) {
    writer.member("type", "fulfill").member("fulfillment", program::to_hex(fulfill->fulfillment));
    writer.member("data", program::to_hex(fulfill->data));
  } else {
    const auto& reject = std::get<ilp::Reject>(answer);
    writer.member("type", "reject");
    write_text(writer, "code", reject.code);
    write_text(writer, "triggered_by", reject.triggered_by);
    write_text(writer, "message", reject.message);
    writer.member("data", program::to_hex(reject.data));
  }
  writer.end_object();
  return sink.take();
}

}  // namespace kedge::cli::btp
