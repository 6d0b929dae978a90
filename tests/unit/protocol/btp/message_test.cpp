#include "protocol/btp/message.hpp"

#include "protocol/btp/packet.hpp"
#include "support/cmocka.hpp"
#include "unit/protocol/btp/vectors.hpp"

#include <array>

using namespace kedge;
using namespace kedge::btp;
using namespace kedge::test;

static btp::Message decoded(Dialect dialect, const std::string& bytes) {
  const auto message = decode_message(dialect, bytes_of(bytes));
  EXPECT(message.ok(), std::string(message.error().message()).c_str());
  return *message;
}

static std::string error_of(Dialect dialect, std::string_view bytes) {
  const auto message = decode_message(dialect, bytes_of(bytes));
  if (message) return "no error";
  EXPECT(message.error().kind() == ErrorKind::protocol, "an error of kind protocol");
  return std::string(message.error().message());
}

static std::string error_of_hex(Dialect dialect, std::string_view hex) {
  return error_of(dialect, from_hex(hex));
}

/// What an encoder says of a message that cannot be written; nothing of it may have been.
template <class Encode>
static std::string unfit(Encode encode) {
  TextSink sink;
  const Result<void> result = encode(sink);
  if (result) return "nothing wrong";
  EXPECT(result.error().kind() == ErrorKind::config, "an error of kind config");
  EXPECT(sink.text.empty(), "nothing written");
  return std::string(result.error().message());
}

static void auth_is_encoded_as_the_vectors_have_it(void**) {
  TextSink sink;
  EXPECT(encode_auth(sink, Dialect::crosstown, 1, "agent-runtime", "s3cret"), "room");
  EXPECT_TEXT(to_hex(sink.text), auth_crosstown);
  sink.text.clear();
  EXPECT(encode_auth(sink, Dialect::btp2, 1, "alice", "shh"), "room");
  EXPECT_TEXT(to_hex(sink.text), auth_btp2);
}

static void auth_is_decoded_into_its_protocol_data(void**) {
  const std::string first = from_hex(auth_crosstown);
  const btp::Message crosstown = decoded(Dialect::crosstown, first);
  EXPECT(crosstown.type == btp::MessageType::message && crosstown.request_id == 1, "MESSAGE 1");
  EXPECT(crosstown.packet.empty() && crosstown.protocol_data.size() == 1, "one entry, no packet");
  const auto auth = crosstown.protocol_data.find("auth");
  EXPECT(auth && auth->content_type == 0, "the entry auth");
  EXPECT_TEXT(text_of(auth->data), R"({"peerId":"agent-runtime","secret":"s3cret"})");

  const std::string second = from_hex(auth_btp2);
  ProtocolDataList entries = decoded(Dialect::btp2, second).protocol_data;
  EXPECT(entries.size() == 3, "three entries");
  EXPECT_TEXT(text_of(entries.find("auth_token")->data), "shh");
  EXPECT(!entries.find("auth_secret"), "no entry of another name");
  EXPECT_TEXT(entries.take()->name, "auth");
  const auto username = entries.take();
  EXPECT_TEXT(username->name, "auth_username");
  EXPECT(username->content_type == 1, "text");
  EXPECT_TEXT(text_of(username->data), "alice");
  EXPECT(entries.size() == 1 && entries.take() && !entries.take(), "one more, and then none");
}

static void an_empty_message_is_encoded_as_the_vectors_have_it(void**) {
  TextSink sink;
  EXPECT(encode_empty_message(sink, Dialect::crosstown, btp::MessageType::response, 1), "room");
  EXPECT_TEXT(to_hex(sink.text), accepted_crosstown);
  sink.text.clear();
  EXPECT(encode_empty_message(sink, Dialect::btp2, btp::MessageType::response, 1), "room");
  EXPECT_TEXT(to_hex(sink.text), accepted_btp2);
  for (const auto& [dialect, hex] :
       {std::pair{Dialect::crosstown, accepted_crosstown}, std::pair{Dialect::btp2, accepted_btp2}}) {
    const std::string bytes = from_hex(hex);
    const btp::Message message = decoded(dialect, bytes);
    EXPECT(message.type == btp::MessageType::response && message.request_id == 1, "RESPONSE 1");
    EXPECT(message.packet.empty() && message.protocol_data.size() == 0, "without anything");
  }
}

static void a_packet_travels_as_the_vectors_have_it(void**) {
  const ilp::Packet packet = ilp::Fulfill{bytes_of(sevens), bytes_of("ok")};
  for (const auto& [dialect, hex] :
       {std::pair{Dialect::crosstown, response_crosstown}, std::pair{Dialect::btp2, response_btp2}}) {
    TextSink sink;
    EXPECT(encode_packet_message(sink, dialect, btp::MessageType::response, 2, packet), "room");
    const std::string bytes = from_hex(hex);
    EXPECT_TEXT(to_hex(sink.text), to_hex(bytes));
    const btp::Message message = decoded(dialect, bytes);
    const auto inner = decode_packet(dialect, message.packet);
    EXPECT(inner.ok() && std::holds_alternative<ilp::Fulfill>(*inner), "the FULFILL");
    EXPECT_TEXT(text_of(std::get<ilp::Fulfill>(*inner).data), "ok");
  }
}

static void an_error_is_encoded_and_decoded_as_the_vectors_have_it(void**) {
  const std::string crosstown = from_hex(error_crosstown);
  const btp::Message first = decoded(Dialect::crosstown, crosstown);
  EXPECT(first.type == btp::MessageType::error && first.request_id == 2, "ERROR 2");
  EXPECT_TEXT(first.code, "F00");
  EXPECT_TEXT(first.name, "BTPError");
  EXPECT(first.triggered_at == failure, "2026-11-21T02:49:50.711Z");
  EXPECT(first.data.empty(), "no data");
  TextSink sink;
  EXPECT(encode_error(sink, Dialect::crosstown, 2, {"F00", "BTPError", failure, {}, {}}), "room");
  EXPECT_TEXT(to_hex(sink.text), to_hex(crosstown));

  const std::string btp2 = from_hex(error_btp2);
  const btp::Message second = decoded(Dialect::btp2, btp2);
  EXPECT_TEXT(second.code, "F00");
  EXPECT_TEXT(second.name, "NotAcceptedError");
  EXPECT(second.triggered_at == failure, "the same moment");
  EXPECT_TEXT(text_of(second.data), "invalid auth_token");
  sink.text.clear();
  const ErrorBody error{"F00", "NotAcceptedError", failure, bytes_of("invalid auth_token"), {}};
  EXPECT(encode_error(sink, Dialect::btp2, 2, error), "room");
  EXPECT_TEXT(to_hex(sink.text), to_hex(btp2));
}

static void a_transfer_has_an_amount_and_protocol_data(void**) {
  const std::string bytes = from_hex(transfer_btp2);
  const btp::Message message = decoded(Dialect::btp2, bytes);
  EXPECT(message.type == btp::MessageType::transfer && message.request_id == 42, "TRANSFER 42");
  EXPECT(message.amount == 1000, "its amount");
  const std::array entries = {ProtocolData{"memo", 1, bytes_of("the me")}};
  TextSink sink;
  EXPECT(encode_message(sink, Dialect::btp2, btp::MessageType::transfer, 42, {entries, {}, 1000}), "room");
  EXPECT_TEXT(to_hex(sink.text), to_hex(bytes));
  EXPECT_TEXT(error_of_hex(Dialect::crosstown, "07 00000001 00 00000000"), "offset 0: type: unknown");
}

static void protocol_data_travels_beside_a_packet(void**) {
  const std::array entries = {ProtocolData{"memo", 1, bytes_of("hi")}, ProtocolData{"", 2, {}}};
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    TextSink sink;
    const MessageBody body{entries, bytes_of("packet"), 0};
    EXPECT(encode_message(sink, dialect, btp::MessageType::message, UINT32_MAX, body), "room");
    const btp::Message message = decoded(dialect, sink.text);
    EXPECT(message.request_id == UINT32_MAX, "the greatest id");
    EXPECT_TEXT(text_of(message.packet), "packet");
    EXPECT(message.protocol_data.size() == (dialect == Dialect::btp2 ? 3U : 2U),
           "the packet's own among them");
    EXPECT_TEXT(text_of(message.protocol_data.find("memo")->data), "hi");
    EXPECT(message.protocol_data.find("")->content_type == 2, "the nameless one");
  }
}

static void every_prefix_of_every_vector_is_an_error_with_its_place(void**) {
  for (const auto& vector : message_vectors()) {
    const std::string bytes = from_hex(vector.hex);
    EXPECT_TEXT(error_of(vector.dialect, bytes), "no error");
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      // In memory of exactly that size, for the address sanitizer.
      const std::vector<char> prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const std::string error = error_of(vector.dialect, {prefix.data(), prefix.size()});
      const bool named = error.ends_with(": truncated") || error.ends_with(": a length beyond the end") ||
                         error.ends_with(": more than there are bytes");
      EXPECT(error.starts_with("offset ") && named, error.c_str());
    }
    EXPECT(error_of(vector.dialect, bytes + '\0').ends_with(": end: trailing bytes"), vector.name.data());
  }
}

static void truncations_name_the_field(void**) {
  const std::string auth = from_hex(auth_crosstown);
  const auto error = [&](std::size_t size) { return error_of(Dialect::crosstown, auth.substr(0, size)); };
  EXPECT_TEXT(error(0), "offset 0: type: truncated");
  EXPECT_TEXT(error(3), "offset 1: request id: truncated");
  EXPECT_TEXT(error(5), "offset 5: count of protocol data: truncated");
  EXPECT_TEXT(error(6), "offset 5: count of protocol data: more than there are bytes");
  EXPECT_TEXT(error(8), "offset 6: name of protocol data: a length beyond the end");
  EXPECT_TEXT(error(12), "offset 11: content type: truncated");
  EXPECT_TEXT(error(16), "offset 13: protocol data: truncated");
  EXPECT_TEXT(error(60), "offset 13: protocol data: a length beyond the end");
  EXPECT_TEXT(error(64), "offset 61: ILP packet: truncated");
}

static void an_unknown_type_is_refused(void**) {
  for (int type = 0; type < 256; ++type) {
    const std::string byte(1, static_cast<char>(type));
    const bool common = type == 1 || type == 2 || type == 6;
    const bool known = error_of(Dialect::crosstown, byte) != "offset 0: type: unknown";
    EXPECT(known == common, "1, 2 and 6 of crosstown");
    const bool known2 = error_of(Dialect::btp2, byte) != "offset 0: type: unknown";
    EXPECT(known2 == (common || type == 7), "1, 2, 6 and 7 of btp2");
  }
}

static void counts_and_lengths_are_checked_before_use(void**) {
  const auto btp2 = [](std::string_view hex) { return error_of_hex(Dialect::btp2, hex); };
  EXPECT_TEXT(btp2("01 00000001 8102 0100"), "offset 5: contents: not in its shortest form");
  EXPECT_TEXT(btp2("01 00000001 03 020000"), "offset 6: count of protocol data: not in its shortest form");
  EXPECT_TEXT(btp2("01 00000001 01 00"), "offset 6: count of protocol data: an integer of no bytes");
  EXPECT_TEXT(btp2("01 00000001 0a 09010000000000000000"),
              "offset 6: count of protocol data: an integer of more than 8 bytes");
  EXPECT_TEXT(btp2("01 00000001 09 08ffffffffffffffff"),
              "offset 6: count of protocol data: more than there are bytes");
  EXPECT_TEXT(btp2("01 00000001 02 0101"), "offset 6: count of protocol data: more than there are bytes");
  EXPECT_TEXT(btp2("01 00000001 03 0100 00"), "offset 8: end: trailing bytes");
  EXPECT_TEXT(btp2("01 00000001 06 0101 0161 00 05"), "offset 11: protocol data: a length beyond the end");
  const auto crosstown = [](std::string_view hex) { return error_of_hex(Dialect::crosstown, hex); };
  EXPECT_TEXT(crosstown("01 00000001 ff 00000000"),
              "offset 5: count of protocol data: more than there are bytes");
  EXPECT_TEXT(crosstown("01 00000001 00 ffffffff"), "offset 6: ILP packet: a length beyond the end");
  EXPECT_TEXT(crosstown("01 00000001 01 0161 0000 ffffffff 00000000"),
              "offset 10: protocol data: a length beyond the end");
  EXPECT_TEXT(crosstown("01 00000001 00 00000001 0d 00"), "offset 11: end: trailing bytes");
}

static void names_that_are_no_text_are_refused(void**) {
  EXPECT_TEXT(error_of_hex(Dialect::crosstown, "01 00000001 01 01ff 0000 00000000 00000000"),
              "offset 6: name of protocol data: not text");
  EXPECT_TEXT(error_of_hex(Dialect::crosstown, "01 00000001 01 02c3a4 0000 00000000 00000000"), "no error");
  EXPECT_TEXT(error_of_hex(Dialect::btp2, "01 00000001 07 0101 02c3a4 00 00"),
              "offset 8: name of protocol data: not text");
  const auto spoiled = [](Dialect dialect, const std::string& hex, char was) {
    std::string bytes = from_hex(hex);
    bytes[bytes.find(was)] = '\xff';
    return error_of(dialect, bytes);
  };
  EXPECT_TEXT(spoiled(Dialect::crosstown, error_crosstown, 'F'), "offset 5: code: not text");
  EXPECT_TEXT(spoiled(Dialect::crosstown, error_crosstown, 'B'), "offset 9: name: not text");
  EXPECT_TEXT(spoiled(Dialect::btp2, error_btp2, 'F'), "offset 6: code: not text");
  EXPECT_TEXT(spoiled(Dialect::btp2, error_btp2, 'N'), "offset 9: name: not text");
}

static void an_error_at_no_moment_is_refused(void**) {
  std::string crosstown = from_hex(error_crosstown);
  crosstown[crosstown.find("11-21") + 1] = '3';
  EXPECT_TEXT(error_of(Dialect::crosstown, crosstown),
              "offset 18: triggered_at: no moment in the years 1970 to 9999");
  std::string btp2 = from_hex(error_btp2);
  btp2.back() = '\x01';
  EXPECT_TEXT(error_of(Dialect::btp2, btp2), "offset 65: count of protocol data: more than there are bytes");
  btp2[btp2.find("1121") + 1] = '3';
  EXPECT_TEXT(error_of(Dialect::btp2, btp2), "offset 26: triggered_at: no moment in the years 1970 to 9999");
}

static void a_message_carries_one_packet(void**) {
  const auto btp2 = [](std::string_view hex) { return error_of_hex(Dialect::btp2, hex); };
  EXPECT_TEXT(btp2("01 00000001 0f 0102 03696c70 00 010d 03696c70 00 00"), "offset 15: ilp: a second packet");
  EXPECT_TEXT(btp2("01 00000001 09 0101 03696c70 01 010d"),
              "offset 8: ilp: a packet that is no octet-stream");
}

static void what_cannot_be_written_is_refused_by_name(void**) {
  constexpr btp::MessageType type = btp::MessageType::message;
  const auto with = [](Dialect dialect, const ProtocolData& entry) {
    return unfit([&](Sink& sink) { return encode_message(sink, dialect, type, 1, {{&entry, 1}, {}, 0}); });
  };
  const std::string long_name = repeated("n", 256);
  EXPECT_TEXT(with(Dialect::crosstown, {long_name, 0, {}}), "name of protocol data: longer than 255 bytes");
  EXPECT_TEXT(with(Dialect::crosstown, {"\xff", 0, {}}), "name of protocol data: not text");
  EXPECT_TEXT(with(Dialect::btp2, {"\xc3\xa4", 0, {}}), "name of protocol data: not text");
  EXPECT_TEXT(with(Dialect::btp2, {"a", 256, {}}), "content type: above 255");
  const std::vector<ProtocolData> many(256);
  EXPECT_TEXT(unfit([&](Sink& sink) {
                return encode_message(sink, Dialect::crosstown, type, 1, {many, {}, 0});
              }),
              "protocol data: more than 255 entries");
  for (const auto wrong : {btp::MessageType::transfer, btp::MessageType::error}) {
    EXPECT(unfit([&](Sink& sink) {
             return encode_message(sink, Dialect::crosstown, wrong, 1, {});
           }).starts_with("type: "),
           "the type");
  }
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    const auto auth = [&](std::string_view peer, std::string_view secret) {
      return unfit([&](Sink& sink) { return encode_auth(sink, dialect, 1, peer, secret); });
    };
    EXPECT_TEXT(auth("\xff", "s"), "peer_id: not UTF-8");
    EXPECT_TEXT(auth("p", "\xff"), "secret: not UTF-8");
    const auto error = [&](const ErrorBody& body) {
      return unfit([&](Sink& sink) { return encode_error(sink, dialect, 1, body); });
    };
    EXPECT_TEXT(error({"F00", "\xff", {}, {}, {}}), "name: not text");
    EXPECT_TEXT(error({"\xff", "", {}, {}, {}}), "code: not text");
    EXPECT_TEXT(error({"F00", "", WallTime::max(), {}, {}}), "triggered_at: not in the years 1970 to 9999");
  }
  EXPECT_TEXT(unfit([](Sink& sink) {
                return encode_error(sink, Dialect::btp2, 1, {"F0", "", {}, {}, {}});
              }),
              "code: not 3 characters");
  EXPECT_TEXT(unfit([&](Sink& sink) {
                return encode_error(sink, Dialect::crosstown, 1, {"F0", "", {}, {}, {many.data(), 1}});
              }),
              "protocol data: an ERROR of crosstown has none");
}

static void a_sink_without_room_is_told_at_every_size(void**) {
  const auto at_every_size = [](auto encode) {
    TextSink whole;
    EXPECT(encode(whole), "room without end");
    std::vector<std::byte> memory(whole.text.size());
    for (std::size_t room = 0; room < memory.size(); ++room) {
      BufferSink sink(std::span<std::byte>(memory).first(room));
      EXPECT(!encode(sink), "no room");
    }
  };
  const auto room = [](const Result<void>& result) {
    EXPECT(result || result.error().kind() == ErrorKind::too_large, "too_large and nothing else");
    return result.ok();
  };
  const ilp::Packet packet = prepare_of(1000, "test.server.bob", nines);
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    constexpr btp::MessageType type = btp::MessageType::message;
    at_every_size([&](Sink& sink) { return encode_packet_message(sink, dialect, type, 1, packet); });
    at_every_size([&](Sink& sink) { return encode_empty_message(sink, dialect, type, 1); });
    at_every_size([&](Sink& sink) { return room(encode_auth(sink, dialect, 1, "alice", "shh")); });
    at_every_size([&](Sink& sink) {
      return room(encode_error(sink, dialect, 1, {"F00", "E", failure, {}, {}}));
    });
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(auth_is_encoded_as_the_vectors_have_it),
      cmocka_unit_test(auth_is_decoded_into_its_protocol_data),
      cmocka_unit_test(an_empty_message_is_encoded_as_the_vectors_have_it),
      cmocka_unit_test(a_packet_travels_as_the_vectors_have_it),
      cmocka_unit_test(an_error_is_encoded_and_decoded_as_the_vectors_have_it),
      cmocka_unit_test(a_transfer_has_an_amount_and_protocol_data),
      cmocka_unit_test(protocol_data_travels_beside_a_packet),
      cmocka_unit_test(every_prefix_of_every_vector_is_an_error_with_its_place),
      cmocka_unit_test(truncations_name_the_field),
      cmocka_unit_test(an_unknown_type_is_refused),
      cmocka_unit_test(counts_and_lengths_are_checked_before_use),
      cmocka_unit_test(names_that_are_no_text_are_refused),
      cmocka_unit_test(an_error_at_no_moment_is_refused),
      cmocka_unit_test(a_message_carries_one_packet),
      cmocka_unit_test(what_cannot_be_written_is_refused_by_name),
      cmocka_unit_test(a_sink_without_room_is_told_at_every_size),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
