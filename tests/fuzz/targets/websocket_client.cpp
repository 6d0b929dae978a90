// A whole raw WebSocket client. The input is a script, a letter each: what the server says (any bytes,
// frames, messages), what the line does, what the user asks, and how far the clock goes.
#include "../line_faults.hpp"
#include "../websocket_run.hpp"

using namespace kedge;
using namespace kedge::fuzz;

namespace {

constexpr int steps_max = 300;

void server_says(char letter, WebSocketRun& run, Input& input) {
  WireEnd& wire = run.wire;
  switch (letter) {
    case 'u':
      return run.accept_upgrade();
    case 'm':
      return wire.text(input.until('\n'));
    case 'b':
      return wire.frame(2, true, input.take(input.byte()));
    case 'f': {
      const std::uint8_t kind = input.byte();
      return wire.frame(kind % 16U, kind < 128, input.until('\n'));
    }
    case 'L': {
      // Larger than any buffer: it comes in pieces, or not at all.
      const std::string_view begin = input.until('\n');
      return wire.text(std::string(begin) + std::string(5000, ' ') + std::string(input.until('\n')));
    }
    case 'C': {
      const auto code = static_cast<std::uint16_t>(input.number(2));
      const std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
      return wire.frame(8, true, payload + std::string(input.until('\n')));
    }
    default:
      return wire.raw(input.take(input.byte()));
  }
}

void user_asks(char letter, WebSocketRun& run, Input& input) {
  using Kind = WebSocketRun::Kind;
  switch (letter) {
    case 'c':
      return run.cancel(input.byte());
    case 'n':
      return run.client->retry_now();
    case '!':
      return run.close(static_cast<std::uint16_t>(input.number(2)), input.until('\n'));
    case 'P':
      return run.pause();
    case 'R':
      return run.resume();
    case 'H':
      return run.set_pauses(input.byte() % 2U == 1);
    case 'g':
      return run.give(std::size_t{16} * input.byte());
    default: {
      const std::uint8_t how = input.byte();
      const std::size_t letters = std::size_t{input.byte()} * (letter == 'S' ? 64U : 17U);
      return run.send(letter == 'q'   ? Kind::text
                      : letter == 'Q' ? Kind::binary
                                      : Kind::streamed,
                      letters, how);
    }
  }
}

void step(WebSocketRun& run, Input& input) {
  const auto letter = static_cast<char>(input.byte());
  constexpr std::string_view server = "umbfLCr", user = "cn!PRHgqQS";
  if (server.find(letter) != std::string_view::npos) return server_says(letter, run, input);
  if (line_letters.find(letter) != std::string_view::npos) return line_does(letter, run, input);
  if (user.find(letter) != std::string_view::npos) return user_asks(letter, run, input);
  if (letter == 't') return run.world.run_for(std::chrono::milliseconds{1} * (1U << input.byte() % 20U));
  // Most letters let a little time pass, so that most scripts get somewhere.
  if (letter == 's') {
    (void)run.world.step();
  } else {
    run.world.run_for(std::chrono::milliseconds{5});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  WebSocketRun run(input.byte());
  for (int i = 0; i < steps_max && !input.empty(); ++i) step(run, input);
  run.finish();
  return 0;
}
