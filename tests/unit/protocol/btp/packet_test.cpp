#include "protocol/btp/packet.hpp"

#include "support/cmocka.hpp"
#include "unit/protocol/btp/vectors.hpp"

using namespace kedge;
using namespace kedge::btp;
using namespace kedge::test;

static std::string encoded(Dialect dialect, const ilp::Packet& packet) {
  TextSink sink;
  EXPECT(check(dialect, packet), "a packet that can be encoded");
  EXPECT(encode_packet(sink, dialect, packet), "room without end");
  EXPECT(sink.text.size() == packet_bytes(dialect, packet), "the size foretold");
  return sink.text;
}

static std::string error_of(Dialect dialect, std::string_view bytes) {
  const auto packet = decode_packet(dialect, bytes_of(bytes));
  if (packet) return "no error";
  EXPECT(packet.error().kind() == ErrorKind::protocol, "an error of kind protocol");
  return std::string(packet.error().message());
}

static std::string unfit(Dialect dialect, const ilp::Packet& packet) {
  const auto checked = check(dialect, packet);
  if (checked) return "nothing wrong";
  EXPECT(checked.error().kind() == ErrorKind::config, "an error of kind config");
  return std::string(checked.error().message());
}

static void expect_same(const ilp::Packet& actual, const ilp::Packet& expected) {
  EXPECT(actual.index() == expected.index(), "the same type");
  if (const auto* prepare = std::get_if<ilp::Prepare>(&expected)) {
    const auto& other = std::get<ilp::Prepare>(actual);
    EXPECT(other.amount == prepare->amount, "the same amount");
    EXPECT(other.expires_at == prepare->expires_at, "the same moment");
    EXPECT_TEXT(text_of(other.condition), text_of(prepare->condition));
    EXPECT_TEXT(other.destination, prepare->destination);
    EXPECT_TEXT(text_of(other.data), text_of(prepare->data));
  } else if (const auto* fulfill = std::get_if<ilp::Fulfill>(&expected)) {
    const auto& other = std::get<ilp::Fulfill>(actual);
    EXPECT_TEXT(text_of(other.fulfillment), text_of(fulfill->fulfillment));
    EXPECT_TEXT(text_of(other.data), text_of(fulfill->data));
  } else {
    const auto& reject = std::get<ilp::Reject>(expected);
    const auto& other = std::get<ilp::Reject>(actual);
    EXPECT_TEXT(other.code, reject.code);
    EXPECT_TEXT(other.triggered_by, reject.triggered_by);
    EXPECT_TEXT(other.message, reject.message);
    EXPECT_TEXT(text_of(other.data), text_of(reject.data));
  }
}

/// The vector's bytes, with some of them replaced.
static std::string spoiled(std::string_view name, std::string_view was, std::string_view is) {
  for (const auto& vector : packet_vectors()) {
    if (vector.name != name) continue;
    std::string bytes = from_hex(vector.hex);
    const std::size_t at = bytes.find(was);
    EXPECT(at != std::string::npos, "something to replace");
    return bytes.replace(at, was.size(), is);
  }
  EXPECT(false, "a vector of that name");
  return {};
}

static void the_vectors_hold_both_ways(void**) {
  for (const auto& vector : packet_vectors()) {
    const std::string bytes = from_hex(vector.hex);
    EXPECT_TEXT(to_hex(encoded(vector.dialect, vector.packet)), to_hex(bytes));
    const auto packet = decode_packet(vector.dialect, bytes_of(bytes));
    EXPECT(packet.ok(), vector.name.data());
    expect_same(*packet, vector.packet);
  }
}

static void a_decoded_packet_is_a_view_into_its_bytes(void**) {
  for (const auto& vector : packet_vectors()) {
    const std::string bytes = from_hex(vector.hex);
    const auto packet = decode_packet(vector.dialect, bytes_of(bytes));
    EXPECT(packet.ok(), vector.name.data());
    const auto inside = [&](const void* at) {
      return at >= static_cast<const void*>(bytes.data()) &&
             at <= static_cast<const void*>(bytes.data() + bytes.size());
    };
    if (const auto* prepare = std::get_if<ilp::Prepare>(&*packet)) {
      EXPECT(inside(prepare->condition.data()) && inside(prepare->destination.data()), "views");
    } else if (const auto* fulfill = std::get_if<ilp::Fulfill>(&*packet)) {
      EXPECT(inside(fulfill->fulfillment.data()) && inside(fulfill->data.data()), "views");
    } else {
      EXPECT(inside(std::get<ilp::Reject>(*packet).message.data()), "views");
    }
  }
}

static void every_prefix_of_every_vector_is_an_error_with_its_place(void**) {
  for (const auto& vector : packet_vectors()) {
    const std::string bytes = from_hex(vector.hex);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      // In memory of exactly that size, for the address sanitizer.
      const std::vector<char> prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const std::string error = error_of(vector.dialect, {prefix.data(), prefix.size()});
      const bool named = error.ends_with(": truncated") || error.ends_with(": a length beyond the end");
      EXPECT(error.starts_with("offset ") && named, error.c_str());
    }
    EXPECT(error_of(vector.dialect, bytes + '\0').ends_with(": end: trailing bytes"), vector.name.data());
  }
}

static void truncations_name_the_field(void**) {
  const std::string prepare = from_hex(packet_vectors()[0].hex);
  const auto error = [&](std::size_t size) { return error_of(Dialect::crosstown, prepare.substr(0, size)); };
  EXPECT_TEXT(error(0), "offset 0: type: truncated");
  EXPECT_TEXT(error(1), "offset 1: amount: truncated");
  EXPECT_TEXT(error(20), "offset 2: expires_at: truncated");
  EXPECT_TEXT(error(52), "offset 21: condition: truncated");
  EXPECT_TEXT(error(53), "offset 53: destination: truncated");
  EXPECT_TEXT(error(68), "offset 53: destination: a length beyond the end");
  EXPECT_TEXT(error(69), "offset 69: data: truncated");
  EXPECT_TEXT(error(101), "offset 69: data: a length beyond the end");
}

static void a_type_that_is_none_is_refused(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    for (int type = 0; type < 256; ++type) {
      if (type >= 12 && type <= 14) continue;
      EXPECT_TEXT(error_of(dialect, std::string(1, static_cast<char>(type)) + "\x01"),
                  "offset 0: type: neither PREPARE, FULFILL nor REJECT");
    }
  }
}

static void amounts_have_one_encoding(void**) {
  const std::string head = "\x0c";
  for (const auto& [amount, hex] : {std::pair<std::uint64_t, std::string_view>{0, "00"},
                                    {127, "7f"},
                                    {128, "8180"},
                                    {255, "81ff"},
                                    {256, "820100"},
                                    {1000, "8203e8"},
                                    {0x100000000, "850100000000"},
                                    {UINT64_MAX, "88ffffffffffffffff"}}) {
    const std::string bytes = encoded(Dialect::crosstown, prepare_of(amount, "g", {}));
    EXPECT_TEXT(to_hex(bytes).substr(2, hex.size()), hex);
    expect_same(*decode_packet(Dialect::crosstown, bytes_of(bytes)), prepare_of(amount, "g", {}));
  }
  const auto error = [](std::string_view hex) {
    return error_of(Dialect::crosstown, spoiled("PREPARE 107", "k", from_hex(hex)));
  };
  EXPECT_TEXT(error("816b"), "offset 1: amount: not in its shortest form");
  EXPECT_TEXT(error("82006b"), "offset 1: amount: not in its shortest form");
  EXPECT_TEXT(error("8800ffffffffffffff"), "offset 1: amount: not in its shortest form");
  EXPECT_TEXT(error("89010000000000000000"), "offset 1: amount: an integer of more than 8 bytes");
  EXPECT_TEXT(error("80"), "offset 1: amount: an integer of no bytes");
}

static void lengths_are_checked_before_use(void**) {
  const auto error = [](std::string_view hex) {
    return error_of(Dialect::crosstown, spoiled("FULFILL", "\x02ok", from_hex(hex)));
  };
  EXPECT_TEXT(error("036f6b"), "offset 33: data: a length beyond the end");
  EXPECT_TEXT(error("81026f6b"), "offset 33: data: not in its shortest form");
  EXPECT_TEXT(error("88ffffffffffffffff"), "offset 33: data: a length beyond the end");
  EXPECT_TEXT(error("ff"), "offset 33: data: an integer of more than 8 bytes");
  EXPECT_TEXT(error("806f6b"), "offset 33: data: an integer of no bytes");
  EXPECT_TEXT(error("016f6b"), "offset 35: end: trailing bytes");
  EXPECT_TEXT(error_of(Dialect::btp2, from_hex("0d24" + sevens_hex + "026f6b")),
              "offset 1: contents: a length beyond the end");
  EXPECT_TEXT(error_of(Dialect::btp2, from_hex("0d22" + sevens_hex + "026f6b")),
              "offset 36: end: trailing bytes");
  EXPECT_TEXT(error_of(Dialect::btp2, from_hex("0d8123" + sevens_hex + "026f6b")),
              "offset 1: contents: not in its shortest form");
}

static void a_packet_of_2_to_the_32_bytes_is_unfit(void**) {
  // Nobody looks at the bytes: only their number counts, and with the fields before them it is too large.
  const std::span<const std::byte> data(bytes_of(nines).data(), 0xFFFFFFFA);
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    ilp::Prepare prepare = prepare_of(1, "test.a", {});
    prepare.data = data;
    EXPECT_TEXT(unfit(dialect, prepare), "data: longer than a message can be");
    EXPECT_TEXT(unfit(dialect, ilp::Fulfill{bytes_of(sevens), data}), "data: longer than a message can be");
    EXPECT_TEXT(unfit(dialect, ilp::Reject{"F00", "", "", data}), "data: longer than a message can be");
  }
}

static void a_condition_of_31_or_33_bytes_is_no_condition(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    for (const std::size_t size : {0U, 31U, 33U}) {
      const std::string hash = repeated("\x01", size);
      ilp::Prepare prepare = prepare_of(1, "test.a", {});
      prepare.condition = bytes_of(hash);
      EXPECT_TEXT(unfit(dialect, prepare), "condition: not 32 bytes");
      EXPECT_TEXT(unfit(dialect, ilp::Fulfill{bytes_of(hash), {}}), "fulfillment: not 32 bytes");
    }
  }
  // One byte of the condition missing or too many moves the destination's length.
  EXPECT_TEXT(error_of(Dialect::crosstown, spoiled("PREPARE 107", ones, ones.substr(1))),
              "offset 53: destination: a length beyond the end");
  EXPECT_TEXT(error_of(Dialect::crosstown, spoiled("PREPARE 107", ones, ones + '\x01')),
              "offset 53: destination: a character outside the alphabet");
}

static void a_time_that_is_no_moment_is_refused(void**) {
  const auto error = [](std::string_view time) {
    return error_of(Dialect::crosstown, spoiled("PREPARE 107", "20261201123456.789Z", time));
  };
  EXPECT_TEXT(error("20261301123456.789Z"), "offset 2: expires_at: no moment in the years 1970 to 9999");
  EXPECT_TEXT(error("20261201123456789ZZ"), "offset 2: expires_at: no moment in the years 1970 to 9999");
  EXPECT_TEXT(
      error_of(Dialect::btp2, spoiled("PREPARE 107 of btp2", "20261201123456789", "20261301123456789")),
      "offset 10: expires_at: no moment in the years 1970 to 9999");
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    ilp::Prepare prepare = prepare_of(1, "test.a", {});
    for (const WallTime time : {WallTime{std::chrono::milliseconds{-1}}, WallTime::min(), WallTime::max()}) {
      prepare.expires_at = time;
      EXPECT_TEXT(unfit(dialect, prepare), "expires_at: not in the years 1970 to 9999");
    }
  }
}

static void addresses_have_1_to_1023_characters(void**) {
  const std::string longest = "test." + repeated("a", 1018);
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    const std::string bytes = encoded(dialect, prepare_of(1, longest, {}));
    expect_same(*decode_packet(dialect, bytes_of(bytes)), prepare_of(1, longest, {}));
    EXPECT_TEXT(unfit(dialect, prepare_of(1, longest + "a", {})), "destination: longer than 1023 characters");
    EXPECT_TEXT(unfit(dialect, prepare_of(1, "", {})), "destination: empty");
  }
  const auto error = [](const std::string& destination) {
    return error_of(Dialect::crosstown, spoiled("PREPARE 2^64-1", from_hex("016700"), destination + '\0'));
  };
  EXPECT_TEXT(error(from_hex("00")), "offset 61: destination: empty");
  EXPECT_TEXT(error(from_hex("820400") + longest + "a"),
              "offset 61: destination: longer than 1023 characters");
  EXPECT_TEXT(error(from_hex("03672e7e")), "offset 61: destination: a character outside the alphabet");
  EXPECT_TEXT(error_of(Dialect::btp2, spoiled("PREPARE 2^64-1 of btp2", "g.a", "g.~")), "no error");
  EXPECT_TEXT(error_of(Dialect::btp2, spoiled("PREPARE 2^64-1 of btp2", "g.a", "x.a")),
              "offset 59: destination: no allocation scheme before the first dot");
}

static void a_reject_names_its_code_and_perhaps_who_rejected(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    const ilp::Reject nobody{"T01", "", "\xff\x00 is for a person", bytes_of(nines)};
    expect_same(*decode_packet(dialect, bytes_of(encoded(dialect, nobody))), nobody);
    for (const std::string_view code : {"", "F0", "F022",
                                        "F\x01"
                                        "2",
                                        "F 2", "F0\x7f"}) {
      EXPECT_TEXT(unfit(dialect, ilp::Reject{code, "test.a", "", {}}), "code: not 3 printable characters");
    }
    EXPECT_TEXT(unfit(dialect, ilp::Reject{"F02", "test..a", "", {}}), "triggered_by: an empty segment");
  }
  EXPECT_TEXT(error_of(Dialect::crosstown, spoiled("REJECT", "F02", "F\xc3\xa4")),
              "offset 1: code: not 3 printable characters");
  EXPECT_TEXT(error_of(Dialect::crosstown, spoiled("REJECT", "test.", "test ")),
              "offset 4: triggered_by: a character outside the alphabet");
}

static void a_sink_without_room_is_told_at_every_size(void**) {
  for (const auto& vector : packet_vectors()) {
    const auto size = static_cast<std::size_t>(packet_bytes(vector.dialect, vector.packet));
    std::vector<std::byte> memory(size);
    for (std::size_t room = 0; room <= size; ++room) {
      BufferSink sink(std::span<std::byte>(memory).first(room));
      EXPECT(encode_packet(sink, vector.dialect, vector.packet) == (room == size),
             "false until there is room");
    }
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_vectors_hold_both_ways),
      cmocka_unit_test(a_decoded_packet_is_a_view_into_its_bytes),
      cmocka_unit_test(every_prefix_of_every_vector_is_an_error_with_its_place),
      cmocka_unit_test(truncations_name_the_field),
      cmocka_unit_test(a_type_that_is_none_is_refused),
      cmocka_unit_test(amounts_have_one_encoding),
      cmocka_unit_test(lengths_are_checked_before_use),
      cmocka_unit_test(a_packet_of_2_to_the_32_bytes_is_unfit),
      cmocka_unit_test(a_condition_of_31_or_33_bytes_is_no_condition),
      cmocka_unit_test(a_time_that_is_no_moment_is_refused),
      cmocka_unit_test(addresses_have_1_to_1023_characters),
      cmocka_unit_test(a_reject_names_its_code_and_perhaps_who_rejected),
      cmocka_unit_test(a_sink_without_room_is_told_at_every_size),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
