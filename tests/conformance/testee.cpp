// A client for WebSocket conformance suites: asks the fuzzing server how many cases it has, takes part in
// each by echoing what comes, and has the report written. The server judges.

#include "limits.hpp"

#include <kedge/port_uv.hpp>
#include <kedge/websocket.hpp>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace kedge;

constexpr const char* usage =
    "usage: testee [--agent NAME] [--largest BYTES] URL\n"
    "\n"
    "Runs the conformance loop of a WebSocket fuzzing server at URL (ws://HOST:PORT): reads the number of\n"
    "cases from URL/getCaseCount, echoes every message of URL/runCase?case=N&agent=NAME for each N from 1,\n"
    "and ends with URL/updateReports?agent=NAME. The verdicts are the server's.\n"
    "\n"
    "  --agent NAME     what the report calls this client (kedge)\n"
    "  --largest BYTES  of a message, 4096 or more; a larger one ends its case with 1009 (16777216)\n"
    "  --help           this text\n"
    "\n"
    "Exit codes:\n"
    "  0  every case was run\n"
    "  1  the server could not be reached, or refused a case\n"
    "  2  wrong usage: command line or URL\n"
    "  3  the server broke the loop: it named no number of cases\n";

enum ExitCode : int { ok = 0, unreachable = 1, wrong_usage = 2, broken_loop = 3 };

/// One connection, from connecting to its end. Echoes, and keeps the last text for whoever asked.
class Connection final {
 public:
  Connection(uv::Loop& loop, std::string_view url, bool echo, const Limits& limits,
             std::span<std::byte> storage)
      : loop_(loop),
        echo_(echo),
        limits_(limits),
        port_(loop),
        client_(port_, configuration(url), limits, storage) {}

  /// Returns when the connection is over, however it ended. Errors: it was never open.
  Result<void> run() {
    if (auto started = client_.connect(); !started) return started.error();
    loop_.run();
    if (opened_) return {};
    return client_.last_error();
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  websocket::Config configuration(std::string_view url) {
    websocket::Config config;
    config.client.url = url;
    config.client.fatal_policy = FatalPolicy::stop;
    config.client.max_retries = 0;
    config.client.keepalive.interval = Duration::zero();  // a suite counts every frame
    config.client.on_state = [this](LinkState state, const Error&) noexcept {
      if (state == LinkState::closed) loop_.stop();
    };
    config.on_open = [this](const Opened&) noexcept { opened_ = true; };
    config.on_message = [this](const Message& message) noexcept { on_message(message); };
    config.on_piece = [this](const websocket::Piece&) noexcept {
      end(1009, "larger than this testee takes");
    };
    return config;
  }

  void on_message(const Message& message) noexcept {
    if (!echo_) {
      text_ = message.text();
      return;
    }
    // There is room: reading goes on only while there is.
    const auto sent = client_.send(message.type, message.bytes, [this](const Outcome&) noexcept {
      if (room_for_the_largest()) client_.resume();
    });
    if (!sent) end(1011, sent.error().message());
    if (!room_for_the_largest()) client_.pause();
  }
  [[nodiscard]] bool room_for_the_largest() const noexcept {
    const Statistics now = client_.statistics();
    return now.pending < limits_.pending_max && now.queued_bytes <= limits_.outbound_message_bytes_max;
  }
  void end(std::uint16_t code, std::string_view why) noexcept { (void)client_.close(code, why); }

  uv::Loop& loop_;
  const bool echo_;
  const Limits limits_;
  bool opened_ = false;
  std::string text_;
  uv::Port port_;
  websocket::Client client_;
};

/// A whole word that is a number, else 0.
std::uint32_t number(std::string_view word) {
  std::uint32_t value = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), value);
  return read.ec == std::errc{} && read.ptr == word.data() + word.size() ? value : 0;
}

class Testee {
 public:
  Testee(std::string url, const std::string& agent, const Limits& limits)
      : url_(std::move(url)),
        agent_("agent=" + agent),
        limits_(limits),
        storage_(websocket::storage_bytes(limits)) {
    while (url_.ends_with('/')) url_.pop_back();
  }

  int run() {
    std::string answer;
    if (const int code = visit("/getCaseCount", &answer); code != ok) return code;
    const std::uint32_t cases = number(answer);
    if (cases == 0) {
      std::fputs("testee: /getCaseCount gave no number\n", stderr);
      return broken_loop;
    }
    for (std::uint32_t i = 1; i <= cases; ++i) {
      if (const int code = visit("/runCase?case=" + std::to_string(i) + "&" + agent_); code != ok)
        return code;
    }
    if (const int code = visit("/updateReports?" + agent_); code != ok) return code;
    std::printf("%u cases run; the verdicts are the server's\n", cases);
    return ok;
  }

 private:
  /// One connection to `path`; it echoes unless its `answer` is wanted.
  int visit(const std::string& path, std::string* answer = nullptr) {
    Connection connection(loop_, url_ + path, answer == nullptr, limits_, storage_);
    const Result<void> over = connection.run();
    if (answer != nullptr) *answer = connection.text();
    if (over) return ok;
    const std::string_view why = over.error().message();
    std::fprintf(stderr, "testee: %s: %.*s\n", path.c_str(), static_cast<int>(why.size()), why.data());
    return over.error().kind() == ErrorKind::config ? wrong_usage : unreachable;
  }

  std::string url_;
  std::string agent_;
  Limits limits_;
  std::vector<std::byte> storage_;
  uv::Loop loop_;
};

}  // namespace

int main(int argc, char** argv) {
  std::optional<std::string> url;
  std::string agent = "kedge";
  std::uint32_t largest = conformance::message_bytes_max;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--help") {
      std::fputs(usage, stdout);
      return ok;
    }
    if (word == "--agent" && i + 1 < argc) {
      agent = argv[++i];
    } else if (word == "--largest" && i + 1 < argc) {
      largest = number(argv[++i]);
    } else if (!word.starts_with('-') && !url) {
      url = word;
    } else {
      std::fputs(usage, stderr);
      return wrong_usage;
    }
  }
  const Limits limits = conformance::large_limits(largest);
  if (!url || largest < limits.outbound_block_bytes || !check(limits)) {
    std::fputs(usage, stderr);
    return wrong_usage;
  }
  return Testee(*url, agent, limits).run();
}
