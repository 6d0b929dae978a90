#include "send_answer.hpp"

#include "../codec/base64.hpp"
#include "../program/printable.hpp"
#include "../program/string_sink.hpp"

#include <kedge/json_writer.hpp>

namespace kedge::agent {

namespace {

// Nobody knows whether the packet was delivered.
constexpr std::string_view outcome_unknown = "Outcome unknown";

std::string as_base64(std::span<const std::byte> bytes) {
  std::string text(codec::base64_encoded_size(bytes.size(), codec::Base64::standard), '\0');
  (void)codec::base64_encode(bytes, text);  // there is room
  return text;
}

void write_data(json::Writer& writer, std::span<const std::byte> data) {
  if (!data.empty()) writer.member("data", as_base64(data));
}

HttpAnswer error_of(const Error& error) {
  const bool closed = error.kind() == ErrorKind::closed;
  // Not a 503, which says that nothing was sent.
  const int status = error.kind() == ErrorKind::timeout ? 408 : 502;
  const std::string_view words = closed ? "the daemon ended before the answer came" : error.message();
  return error.may_have_run() ? error_answer(status, outcome_unknown, words) : error_answer(status, words);
}

}  // namespace

HttpAnswer answer_of(const btp::PacketOutcome& outcome) {
  if (!outcome.ok()) return error_of(outcome.error);
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object();
  if (const ilp::Fulfill* fulfill = outcome.fulfill()) {
    writer.member("accepted", true).member("fulfilled", true);
    writer.member("fulfillment", as_base64(fulfill->fulfillment));
    write_data(writer, fulfill->data);
  } else if (const ilp::Reject* reject = outcome.reject()) {
    writer.member("accepted", false).member("fulfilled", false);
    writer.member("code", reject->code);
    program::write_text(writer, "message", reject->message);
    write_data(writer, reject->data);
  }
  writer.end_object();
  return {200, sink.take()};
}

HttpAnswer refusal_of(const Error& why) {
  switch (why.kind()) {
    case ErrorKind::config:
    case ErrorKind::too_large:
      return error_answer(400, why.message());
    case ErrorKind::queue_full:
      // Its words say which limit it was.
      return error_answer(
          429, Error(why.kind(), "no room for one more packet in flight: ").append(why.message()).message());
    default:
      return error_answer(503, why.message());
  }
}

}  // namespace kedge::agent
