// The raw WebSocket client over port/uv, for servers of another make. It runs the script on standard input:
//   echo TYPE SIZE     sends the pattern and waits until it comes back
//   text WORDS         sends WORDS
//   expect TYPE SIZE   waits for the pattern
//   discarded SIZE     waits until a message too large was skipped
//   pongs N            waits until N pings of ours were answered
//   close              closes in order
//   end                waits until the server ends the line
// and reports what happens as JSON lines. Exit code 0 when the script was done and the line is closed.

#include "pattern.hpp"
#include "report.hpp"

#include <kedge/port_uv.hpp>
#include <kedge/timer.hpp>
#include <kedge/tls.hpp>
#include <kedge/websocket.hpp>

#include <uv.h>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace kedge;
using interop::Event;

struct Options {
  std::string url;
  std::string ca;
  std::uint32_t fragment_bytes = 0;
  long ping_ms = 0;
  long upgrade_ms = 5000;
  long limit_ms = 20000;
};

struct Step {
  std::string verb;
  std::string type;  // or all the words of `text`
  std::size_t number = 0;
  [[nodiscard]] std::string pattern() const {
    return type == "text" ? interop::text_pattern(number) : interop::binary_pattern(number);
  }
};

std::deque<Step> read_script() {
  std::deque<Step> steps;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    Step step;
    words >> step.verb;
    if (step.verb == "text") {
      step.type = line.substr(std::min(line.size(), std::string("text ").size()));
    } else {
      if (step.verb == "echo" || step.verb == "expect") words >> step.type;
      words >> step.number;
    }
    steps.push_back(step);
  }
  return steps;
}

class LineClient final {
 public:
  LineClient(uv::Loop& loop, const Options& options, TlsLayer* tls, const Limits& limits,
             std::span<std::byte> storage)
      : loop_(loop),
        port_(loop),
        client_(port_, config(options, tls), limits, storage),
        steps_(read_script()) {}

  Result<bool> start() noexcept { return client_.connect(); }
  [[nodiscard]] bool done() const noexcept { return steps_.empty(); }

 private:
  websocket::Config config(const Options& options, TlsLayer* tls) {
    websocket::Config websocket;
    ClientConfig& config = websocket.client;
    config.url = options.url;
    config.tls = tls;
    config.fatal_policy = FatalPolicy::stop;
    config.max_retries = 0;
    config.upgrade_timeout = std::chrono::milliseconds(options.upgrade_ms);
    config.tls_timeout = config.upgrade_timeout;
    config.close_timeout = std::chrono::seconds(3);
    config.keepalive.interval = std::chrono::milliseconds(options.ping_ms);
    config.on_state = [this](LinkState state, const Error& error) noexcept { on_state(state, error); };
    websocket.on_message = [this](const Message& message) noexcept { on_message(message); };
    websocket.on_discarded = [this](MessageType, std::uint64_t bytes) noexcept { on_discarded(bytes); };
    return websocket;
  }
  void on_state(LinkState state, const Error& error) noexcept {
    Event("state").with("state", to_string(state));
    if (state == LinkState::ready) advance();
    if (state != LinkState::closed) return;
    if (!steps_.empty() && steps_.front().verb == "end") steps_.pop_front();
    Event("end").with(client_.last_error() ? client_.last_error() : error);
    loop_.stop();
  }

  // Does what can be done now; waiting steps stay in front.
  void advance() noexcept {
    while (!steps_.empty() && client_.state() == LinkState::ready) {
      const Step& step = steps_.front();
      if (step.verb == "echo" && !sent_) {
        sent_ = true;
        return send(step.type, step.pattern());
      }
      if (step.verb == "pongs" && client_.statistics().pongs_received >= step.number) {
        Event("pongs").with("count", step.number);
      } else if (step.verb == "text") {
        send("text", step.type);
      } else if (step.verb == "close") {
        client_.close();
      } else {
        if (step.verb == "pongs") look_again();
        return;
      }
      steps_.pop_front();
    }
  }
  void look_again() noexcept {
    (void)timer_.start(std::chrono::milliseconds(1), [this]() noexcept { advance(); });
  }
  void send(std::string_view type, std::string_view bytes) noexcept {
    const MessageType kind = type == "text" ? MessageType::text : MessageType::binary;
    const auto sent = client_.send(kind, std::as_bytes(std::span(bytes.data(), bytes.size())));
    if (!sent) Event("refused").with(sent.error());
  }

  void on_message(const Message& message) noexcept {
    const std::string_view name = to_string(message.type);
    const std::string_view bytes = message.text();
    const bool awaited =
        !steps_.empty() && (steps_.front().verb == "echo" || steps_.front().verb == "expect");
    const bool same = awaited && steps_.front().type == name && steps_.front().pattern() == bytes;
    Event("message").with("type", name).with("size", bytes.size()).with("same", same);
    if (!same) return;
    steps_.pop_front();
    sent_ = false;
    advance();
  }
  void on_discarded(std::uint64_t bytes) noexcept {
    Event("discarded").with("size", bytes);
    if (steps_.empty() || steps_.front().verb != "discarded" || steps_.front().number != bytes) return;
    steps_.pop_front();
    advance();
  }

  uv::Loop& loop_;
  uv::Port port_;
  websocket::Client client_;
  Timer timer_{client_};
  std::deque<Step> steps_;
  bool sent_ = false;  // the message of the `echo` in front
};

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (!name.starts_with("--")) {
      options.url = name;
      continue;
    }
    const char* value = i + 1 < argc ? argv[++i] : "";
    if (name == "--ca") options.ca = value;
    if (name == "--fragment") options.fragment_bytes = static_cast<std::uint32_t>(std::atol(value));
    if (name == "--ping-ms") options.ping_ms = std::atol(value);
    if (name == "--upgrade-ms") options.upgrade_ms = std::atol(value);
    if (name == "--limit-ms") options.limit_ms = std::atol(value);
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  Limits limits = Limits::host();
  if (options.fragment_bytes != 0) limits.fragment_bytes_max = options.fragment_bytes;
  std::vector<std::byte> storage(websocket::storage_bytes(limits));
  const auto tls = std::make_unique<tls::ClientStorage<>>();
  if (!options.ca.empty()) {
    if (auto trusted = tls->client.trust_file(options.ca.c_str()); !trusted) {
      Event("end").with(trusted.error());
      return 2;
    }
  }

  uv_timer_t limit;  // outlives the loop, which runs its close callback
  bool expired = false;
  bool done = false;
  {
    uv::Loop loop;
    LineClient client(loop, options, &tls->client, limits, storage);
    uv_timer_init(loop.native(), &limit);
    struct Watch {
      uv::Loop& loop;
      bool& expired;
    } watch{loop, expired};
    limit.data = &watch;
    uv_timer_start(
        &limit,
        [](uv_timer_t* timer) {
          auto* self = static_cast<Watch*>(timer->data);
          self->expired = true;
          self->loop.stop();
        },
        static_cast<std::uint64_t>(options.limit_ms), 0);
    if (auto started = client.start(); started) {
      loop.run();
    } else {
      Event("end").with(started.error());
    }
    uv_close(reinterpret_cast<uv_handle_t*>(&limit), nullptr);
    done = client.done();
  }
  if (expired) Event("hangs");
  return done && !expired ? 0 : 1;
}
