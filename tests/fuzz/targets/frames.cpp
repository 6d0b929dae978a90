// Frames and messages in both roles, in pieces and with pauses, against a plain reading of RFC 6455.
#include "ws/close_code.hpp"
#include "ws/message_reader.hpp"

#include "../fuzz.hpp"
#include "../reference_frames.hpp"

using namespace kedge;
using namespace kedge::fuzz;

namespace {

/// What was handed up, a line each; the pieces of a message are joined.
class Recorder final : public ws::MessageEvents {
 public:
  std::vector<std::string> log;
  ws::MessageReader* pauses = nullptr;  ///< paused by each event, when set
  std::size_t whole_bytes_max = 0;

  void on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept override {
    PROMISE(payload.size() <= whole_bytes_max, "no whole message is larger than the limit");
    note(kind(type) + "=" + std::string(as_text(payload)));
  }
  void on_piece(ws::MessageType type, std::span<const std::byte> piece, bool first,
                bool last) noexcept override {
    PROMISE(first != streaming_, "the first piece, and only that, is called the first");
    PROMISE(last || !piece.empty(), "only the last piece may be empty");
    streaming_ = !last;
    streamed_ += as_text(piece);
    if (last) note(kind(type) + "~" + std::exchange(streamed_, {}));
  }
  void on_discarded(ws::MessageType type, std::uint64_t bytes) noexcept override {
    note(kind(type) + "-" + std::to_string(bytes));
  }
  void on_ping(std::span<const std::byte> payload) noexcept override {
    note("ping " + std::string(as_text(payload)));
  }
  void on_pong(std::span<const std::byte> payload) noexcept override {
    note("pong " + std::string(as_text(payload)));
  }
  void on_close(std::uint16_t code, std::string_view reason) noexcept override {
    note("close " + std::to_string(code) + " " + std::string(reason));
  }

 private:
  static std::string kind(ws::MessageType type) { return type == ws::MessageType::text ? "text" : "binary"; }
  void note(std::string line) {
    log.push_back(std::move(line));
    if (pauses != nullptr) pauses->pause();
  }
  bool streaming_ = false;
  std::string streamed_;
};

class Buffers final : public ws::MessageBufferSource {
 public:
  explicit Buffers(std::size_t bytes) : memory_(bytes) {}
  int lent = 0;
  bool empty = false;
  std::span<std::byte> acquire() noexcept override {
    if (empty) return {};
    PROMISE(++lent == 1, "one buffer at a time");
    return memory_;
  }
  void release(std::span<std::byte> buffer) noexcept override {
    PROMISE(buffer.data() == memory_.data() && --lent == 0, "what was lent is returned, once");
  }

 private:
  std::vector<std::byte> memory_;
};

struct Setup {
  ws::Role role;
  ws::TooLarge policy;
  std::size_t bytes_max;
};
struct Outcome {
  std::vector<std::string> log;
  Error error;
};

Outcome read(const Setup& setup, std::string_view wire, std::uint8_t cut, bool pausing, bool no_buffers) {
  Buffers buffers(setup.bytes_max);
  buffers.empty = no_buffers;
  ws::MessageReader reader(setup.role, setup.policy, setup.bytes_max, buffers);
  PROMISE(reader.open().ok(), "memory for a reader");
  Recorder events;
  events.whole_bytes_max = setup.bytes_max;
  if (pausing) events.pauses = &reader;
  Outcome outcome;
  const auto feed = [&](std::span<const std::byte> bytes) {
    std::size_t taken = 0;
    const auto fed = reader.feed(bytes, &taken, events);
    PROMISE(taken <= bytes.size(), "no more is taken than was given");
    PROMISE(fed || taken <= bytes.size(), "an error takes nothing more");
    if (!fed) outcome.error = fed.error();
    return bytes.subspan(taken);
  };
  for (Cuts cuts(cut, wire); !cuts.done() && !outcome.error;) {
    const Exact piece = cuts.next();
    for (auto rest = feed(piece.bytes()); !rest.empty() && !outcome.error;) rest = feed(rest);
  }
  for (std::size_t seen = events.log.size() + 1; !outcome.error && seen != events.log.size();) {
    seen = events.log.size();
    feed({});
  }
  if (outcome.error) {
    const Error first = outcome.error;
    feed(as_bytes("more"));
    PROMISE(same(first, outcome.error), "an error stays the same");
    PROMISE(buffers.lent == 0, "a reader that failed holds no buffer");
  }
  outcome.log = events.log;
  reader.close();
  PROMISE(buffers.lent == 0, "a closed reader holds no buffer");
  return outcome;
}

void compare(const Outcome& outcome, const FrameReading& expected) {
  PROMISE(outcome.log == expected.log, "the messages are those that RFC 6455 says are there");
  const int code = outcome.error.layer_code();
  PROMISE(!outcome.error || outcome.error.layer() == Layer::websocket, "errors are the WebSocket's");
  if (expected.cut_in_header) {
    PROMISE(code == 0 || code == 1002, "a header that is not whole is refused early or waited for");
  } else {
    PROMISE(code == expected.close_code, "the close code is the one for what is wrong");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t options = input.byte();
  const std::uint8_t cut = input.byte();
  constexpr ws::TooLarge policies[] = {ws::TooLarge::discard, ws::TooLarge::stream, ws::TooLarge::close};
  constexpr std::size_t sizes[] = {16, 200};
  const Setup setup{(options & 1U) != 0 ? ws::Role::server : ws::Role::client, policies[(options >> 1U) % 3U],
                    sizes[options >> 3U & 1U]};
  const Exact wire(input.rest());
  const FrameReading expected =
      reference_frames(wire.text(), setup.role == ws::Role::server, setup.policy, setup.bytes_max);
  const bool pausing = (options & 0x10U) != 0;
  compare(read(setup, wire.text(), 0, false, false), expected);
  compare(read(setup, wire.text(), cut, pausing, false), expected);
  // Without a buffer it depends on the pieces what is whole: nothing may break, or be lost without a word.
  (void)read(setup, wire.text(), cut, pausing, true);
  return 0;
}
