// The parts that every message passes, one by one. Figures to compare between two builds on one machine.

#include "base/arena.hpp"
#include "session/outbound_ring.hpp"
#include "ws/frame.hpp"
#include "ws/message_reader.hpp"

#include <kedge/json_reader.hpp>

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace kedge {
namespace {

std::vector<std::byte> letters(std::size_t size) {
  std::vector<std::byte> text(size);
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<std::byte>('a' + i % 26);
  return text;
}

void count(benchmark::State& state, std::size_t messages_each, std::size_t bytes_each) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(messages_each));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes_each));
}

void mask_copy(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto in = letters(size);
  std::vector<std::byte> out(size);
  for (auto _ : state) {
    ws::mask_copy(out.data(), in.data(), size, 0x12345678U, 0);
    benchmark::ClobberMemory();
  }
  count(state, 1, size);
}
BENCHMARK(mask_copy)->Arg(16)->Arg(64)->Arg(1024)->Arg(16384);

/// A message in, masked out, and reported as accepted: the whole way through the outbound store.
void ring_push_take(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const Limits limits = Limits::host();
  std::vector<std::byte> storage(OutboundRing::storage_bytes(limits) + 64);
  Arena arena(storage);
  OutboundRing ring(limits, arena);
  const auto message = letters(size);
  std::vector<std::byte> out(size);
  std::uint64_t offset = 0;
  for (auto _ : state) {
    const Result<Handle> pushed = ring.try_push(message, {});
    if (!pushed) return state.SkipWithError("the ring refused a message");
    const Handle entry = ring.next(Instant{}, false);
    offset += size;
    ring.take(entry, out.data(), static_cast<std::uint32_t>(size), 0x12345678U, offset);
    ring.accepted(offset);
    benchmark::ClobberMemory();
  }
  count(state, 1, size);
}
BENCHMARK(ring_push_take)->Arg(64)->Arg(1024)->Arg(16384);

class Counter final : public ws::MessageEvents {
 public:
  void on_message(ws::MessageType, std::span<const std::byte> payload) noexcept override {
    benchmark::DoNotOptimize(payload.data());
    ++messages;
  }
  void on_piece(ws::MessageType, std::span<const std::byte>, bool, bool) noexcept override {}
  void on_discarded(ws::MessageType, std::uint64_t) noexcept override {}
  void on_ping(std::span<const std::byte>) noexcept override {}
  void on_pong(std::span<const std::byte>) noexcept override {}
  void on_close(std::uint16_t, std::string_view) noexcept override {}

  std::size_t messages = 0;
};

/// A read of the size the session reads, full of frames from a server.
void message_reader(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto opcode = state.range(1) != 0 ? ws::Opcode::text : ws::Opcode::binary;
  const auto payload = letters(size);
  const std::size_t frames = std::max<std::size_t>(1, 65536 / (size + 4));
  std::vector<std::byte> input(frames * (size + ws::frame_header_bytes_max));
  std::size_t end = 0;
  for (std::size_t i = 0; i < frames; ++i) {
    const ws::FrameHeader header{
        .fin = true, .opcode = opcode, .payload_bytes = size, .masked = false, .mask_key = 0};
    end += ws::encode_frame_header(header, input.data() + end);
    ws::mask_copy(input.data() + end, payload.data(), size, 0, 0);
    end += size;
  }
  std::vector<std::byte> buffer(size);
  ws::SingleMessageBuffer buffers(buffer);
  ws::MessageReader reader(ws::Role::client, ws::TooLarge::discard, size, buffers);
  if (!reader.open()) return state.SkipWithError("no memory");
  Counter counter;
  for (auto _ : state) {
    std::size_t taken = 0;
    const Result<void> fed = reader.feed(std::span(input).first(end), &taken, counter);
    if (!fed) return state.SkipWithError("the reader found an error");
  }
  if (counter.messages != frames * static_cast<std::size_t>(state.iterations()))
    return state.SkipWithError("messages are missing");
  count(state, frames, frames * size);
}
BENCHMARK(message_reader)->ArgNames({"bytes", "text"})->Args({64, 1})->Args({1024, 1})->Args({16384, 0});

void json_reader(benchmark::State& state) {
  std::string text = R"({"jsonrpc":"2.0","id":17,"result":{"ok":true,"rows":[)";
  for (int i = 0; i < 50; ++i) {
    if (i != 0) text += ',';
    text += R"({"name":"a sensor in the cellar","value":-12.5e1,"note":"line\nnext \u00e9","at":1700000000})";
  }
  text += "]}}";
  for (auto _ : state) {
    json::Reader reader(32);
    reader.feed(text, true);
    json::Token token = reader.next();
    while (token != json::Token::end && token != json::Token::error) token = reader.next();
    if (token == json::Token::error) return state.SkipWithError("the text is not JSON");
  }
  count(state, 1, text.size());
}
BENCHMARK(json_reader);

}  // namespace
}  // namespace kedge
