// A whole agent-gate client. The input is a script, a letter each: what the server says (any bytes, frames,
// messages), what the line does, what the user asks, and how far the clock goes.
#include "../client_run.hpp"
#include "../line_faults.hpp"

using namespace kedge;
using namespace kedge::fuzz;

namespace {

constexpr int steps_max = 300;

void server_says(char letter, ClientRun& run, Input& input) {
  WireEnd& wire = run.wire;
  switch (letter) {
    case 'u':
      (void)wire.accept_upgrade();
      return;
    case 'a':
      return wire.text(R"({"jsonrpc":"2.0","result":{"status":"authenticated"},"id":"auth-1"})");
    case 'p':
      return wire.text(run.with_ids(R"({"jsonrpc":"2.0","result":{"results":[]},"id":{poll}})"));
    case 'm':
      return wire.text(run.with_ids(input.until('\n')));
    case 'f': {
      const std::uint8_t kind = input.byte();
      return wire.frame(kind % 16U, kind < 128, run.with_ids(input.until('\n')));
    }
    case 'L': {
      // Larger than any buffer: the message is streamed.
      const std::string_view begin = input.until('\n');
      return wire.text(
          run.with_ids(std::string(begin) + std::string(5000, ' ') + std::string(input.until('\n'))));
    }
    default:
      return wire.raw(input.take(input.byte()));
  }
}

void user_asks(char letter, ClientRun& run, Input& input) {
  using What = ClientRun::What;
  switch (letter) {
    case 'c':
      return run.cancel(input.byte());
    case 'n':
      return run.client->retry_now();
    case '!':
      return run.close();
    case 'q': {
      const std::uint8_t how = input.byte();
      constexpr std::string_view args[] = {"", R"({"on":true})", R"({"n":[1,2,{"deep":null}]})", "not JSON"};
      const Priority priority = how >= 128 ? Priority::urgent : Priority::normal;
      return run.ask(What::tool, args[how % 4U], std::chrono::milliseconds{1} * (1U << (how / 4U % 20U)),
                     priority);
    }
    default:
      return run.ask(letter == 'l' ? What::tools : What::results, "", std::chrono::seconds{30},
                     Priority::low);
  }
}

void step(ClientRun& run, Input& input) {
  const auto letter = static_cast<char>(input.byte());
  constexpr std::string_view server = "uapmfLr", user = "cn!qlg";
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
  ClientRun run(input.byte());
  for (int i = 0; i < steps_max && !input.empty(); ++i) step(run, input);
  run.finish();
  return 0;
}
