// A Link with no protocol over port/uv, for servers of another make. It runs the script on standard input:
//   echo TYPE SIZE     sends the pattern and waits until it comes back
//   text WORDS         sends WORDS
//   expect TYPE SIZE   waits for the pattern
//   discarded SIZE     waits until a message too large was skipped
//   pongs N            waits until N pings of ours were answered
//   close              closes in order
//   end                waits until the server ends the line
// and reports what happens as JSON lines. Exit code 0 when the script was done and the line is closed.

#include "base/arena.hpp"
#include "link/link.hpp"
#include "pattern.hpp"
#include "report.hpp"

#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>

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

class LineClient final : private Protocol {
 public:
  LineClient(uv::Loop& loop, const Options& options, TlsLayer* tls, const Limits& limits,
             std::span<std::byte> storage)
      : loop_(loop),
        port_(loop),
        arena_(storage),
        link_(port_, config(options, tls), LinkOptions{}, limits, arena_, *this),
        steps_(read_script()) {}

  Result<bool> start() noexcept { return link_.connect(); }
  [[nodiscard]] bool done() const noexcept { return steps_.empty(); }

 private:
  ClientConfig config(const Options& options, TlsLayer* tls) {
    ClientConfig config;
    config.url = options.url;
    config.tls = tls;
    config.fatal_policy = FatalPolicy::stop;
    config.max_retries = 0;
    config.upgrade_timeout = std::chrono::milliseconds(options.upgrade_ms);
    config.tls_timeout = config.upgrade_timeout;
    config.close_timeout = std::chrono::seconds(3);
    config.keepalive.interval = std::chrono::milliseconds(options.ping_ms);
    config.on_state = [this](LinkState state, const Error& error) noexcept { on_state(state, error); };
    return config;
  }
  void on_state(LinkState state, const Error& error) noexcept {
    Event("state").with("state", to_string(state));
    if (state != LinkState::closed) return;
    if (!steps_.empty() && steps_.front().verb == "end") steps_.pop_front();
    Event("end").with(link_.last_error() ? link_.last_error() : error);
    loop_.stop();
  }

  // Does what can be done now; waiting steps stay in front.
  void advance() noexcept {
    while (!steps_.empty() && link_.state() == LinkState::ready) {
      const Step& step = steps_.front();
      if (step.verb == "echo" && !sent_) {
        sent_ = true;
        return send(step.type, step.pattern());
      }
      if (step.verb == "pongs" && link_.statistics().pongs_received >= step.number) {
        Event("pongs").with("count", step.number);
      } else if (step.verb == "text") {
        send("text", step.type);
      } else if (step.verb == "close") {
        link_.close();
      } else {
        return;
      }
      steps_.pop_front();
    }
  }
  void send(std::string_view type, std::string_view bytes) noexcept {
    OutboundOptions options;
    options.type = type == "text" ? ws::MessageType::text : ws::MessageType::binary;
    const auto pushed = link_.ring().try_push(std::as_bytes(std::span(bytes.data(), bytes.size())), options);
    if (!pushed) Event("refused").with(pushed.error());
    link_.wake();
  }

  void on_open(const Opened&) noexcept override { link_.authenticated(); }
  void on_ready() noexcept override { advance(); }
  void on_message(const Message& message) noexcept override {
    const std::string_view name = message.type == MessageType::text ? "text" : "binary";
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
  void on_discarded(MessageType, std::uint64_t bytes) noexcept override {
    Event("discarded").with("size", bytes);
    if (steps_.empty() || steps_.front().verb != "discarded" || steps_.front().number != bytes) return;
    steps_.pop_front();
    advance();
  }
  void on_turn(Instant) noexcept override { advance(); }

  uv::Loop& loop_;
  uv::Port port_;
  Arena arena_;
  Link link_;
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
  std::vector<std::byte> storage(Link::storage_bytes(limits));
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
