#pragma once
// Makes up messages of btp2, from a seed. What they do not hold, npm's packages take in another way;
// btp_codec.js says so.

#include <kedge/sim/rng.hpp>

#include "btp_message.hpp"

#include <algorithm>
#include <array>

namespace kedge::test {

class BtpMaker {
 public:
  explicit BtpMaker(std::uint64_t seed) : random_(seed) {}

  BtpMessage message() {
    using enum btp::MessageType;
    BtpMessage made;
    made.type = pick(std::array{message_, message_, response, response, transfer, error});
    made.request_id = static_cast<std::uint32_t>(random_.next());
    if (made.type == transfer) made.amount = amount();
    if (made.type == error) {
      made.error = {made.keep(ascii(3)),
                    made.keep(ascii(pick(std::array{0, 8, 127, 128}))),
                    time(),
                    bytes_of(made.keep(utf8())),
                    {}};
    }
    add_entries(made);
    if (below(10) < 7) {
      made.packet = packet(made);
      const auto at = static_cast<std::ptrdiff_t>(below(made.entries.size() + 1));
      made.entries.insert(made.entries.begin() + at, {"ilp", 0, {}});
    }
    return made;
  }

 private:
  static constexpr btp::MessageType message_ = btp::MessageType::message;

  std::size_t below(std::size_t end) {
    return static_cast<std::size_t>(random_.between(0, std::uint64_t{end} - 1));
  }
  template <class List>
  typename List::value_type pick(const List& list) {
    return list[below(list.size())];
  }
  /// The bounds of the length determinant's forms among them.
  std::size_t size() {
    const std::size_t kind = below(1000);
    if (kind == 0) return pick(std::array<std::size_t, 2>{65535, 65536});
    if (kind < 800) return below(41);
    return kind < 900 ? pick(std::array<std::size_t, 4>{127, 128, 255, 256}) : below(601);
  }
  std::string characters(std::size_t size, std::size_t end) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(below(end));
    return text;
  }
  std::string bytes(std::size_t size) { return characters(size, 256); }
  std::string ascii(int size) { return characters(static_cast<std::size_t>(size), 128); }
  std::string utf8() {
    using namespace std::string_view_literals;
    std::string text;
    for (std::size_t left = below(81); left > 0; --left) {
      text += pick(std::array{"a"sv, "\0"sv, "\""sv, "\u00e9"sv, "\u20ac"sv, "\U0001f600"sv});
    }
    return text;
  }
  std::uint64_t amount() {
    if (below(20) == 0) return pick(std::array<std::uint64_t, 2>{0, UINT64_MAX});
    return random_.next() >> below(64);
  }
  WallTime time() {
    const std::int64_t end = pick(std::array<std::int64_t, 2>{std::int64_t{1} << 41U, 253402300799999});
    return WallTime{std::chrono::milliseconds(random_.between(1, static_cast<std::uint64_t>(end)))};
  }
  std::string address() {
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_~-";
    constexpr std::array<std::string_view, 10> schemes = {"g",    "private", "example", "peer",  "self",
                                                          "test", "test1",   "test2",   "test3", "local"};
    std::string text(pick(schemes));
    const std::size_t size = below(100) == 0 ? ilp::address_bytes_max : text.size() + 2 + below(60);
    while (text.size() + 2 <= size) {
      const std::size_t segment = std::min(1 + below(20), size - text.size() - 1);
      text += '.';
      for (std::size_t i = 0; i < segment; ++i) text += pick(alphabet);
    }
    // Where one character was left, which is too little for a segment.
    while (text.size() < size) text += 'z';
    return text;
  }

  void add_entries(BtpMessage& made) {
    if (below(50) == 0) {  // an authentication
      made.entries = {{"auth", 0, {}},
                      {"auth_username", 1, bytes_of(made.keep(utf8()))},
                      {"auth_token", 1, bytes_of(made.keep(utf8()))}};
    } else if (below(100) == 0) {
      made.entries.resize(pick(std::array<std::size_t, 2>{255, 256}));
    } else {
      for (int left = pick(std::array{0, 0, 0, 1, 2, 3}); left > 0; --left) {
        made.entries.push_back({made.keep(ascii(pick(std::array{0, 1, 5, 20, 127, 128, 300}))),
                                static_cast<std::uint16_t>(below(256)), bytes_of(made.keep(bytes(size())))});
      }
    }
  }

  ilp::Packet packet(BtpMessage& made) {
    const std::size_t kind = below(3);
    if (kind == 0) {
      const auto condition = bytes_of(made.keep(bytes(ilp::hash_bytes)));
      return ilp::Prepare{amount(), time(), condition, made.keep(address()),
                          bytes_of(made.keep(bytes(size())))};
    }
    if (kind == 1) {
      const auto fulfillment = bytes_of(made.keep(bytes(ilp::hash_bytes)));
      return ilp::Fulfill{fulfillment, bytes_of(made.keep(bytes(size())))};
    }
    const std::string code = pick(std::array{"F", "T", "R", "!", "~"}) + std::to_string(10 + below(90));
    return ilp::Reject{made.keep(code), made.keep(below(2) == 0 ? "" : address()), made.keep(utf8()),
                       bytes_of(made.keep(bytes(size())))};
  }

  sim::Rng random_;
};

}  // namespace kedge::test
