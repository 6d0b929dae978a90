// The core allocates nothing over libuv and TLS: 10,000 requests and 20 reconnects. The server is a process
// of its own, so that all that this program allocates is the client's, or this test's - and the test
// allocates nothing either.

#include "support/allocations.hpp"
#include "integration/uv_ground.hpp"
#include "support/gate_ground.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace kedge;
using namespace kedge::test;
using allocations::Asker;

namespace {

constexpr int requests = 10'000;
constexpr int reconnects = 20;
constexpr int at_once = 32;
constexpr int warm_up = 2;  // until libuv's tables and libc's plug-ins are there

/// The gate in a child process, from before this process has threads.
class ServerProcess {
 public:
  explicit ServerProcess(bool with_tls) {
    int ends[2];
    EXPECT(pipe(ends) == 0, "a pipe");
    std::fflush(nullptr);
    pid_ = fork();
    if (pid_ == 0) serve(with_tls, ends[1]);
    close(ends[1]);
    EXPECT(pid_ > 0 && read(ends[0], &tcp_port, sizeof tcp_port) == sizeof tcp_port, "the server's port");
    close(ends[0]);
  }
  ~ServerProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t tcp_port = 0;

 private:
  [[noreturn]] static void serve(bool with_tls, int to) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    GateConfig config = gate_config();
    config.kept = hub::agent_gate::Kept::all;
    UvGround<AgentGate> ground(std::move(config), {.server_tls = with_tls});
    if (write(to, &ground.tcp_port, sizeof ground.tcp_port) != sizeof ground.tcp_port) _exit(1);
    close(to);
    ground.loop.run();
    _exit(0);
  }
  pid_t pid_ = -1;
};

class Run {
 public:
  Run(std::uint16_t tcp_port, bool with_tls) {
    const std::string url =
        (with_tls ? "wss://localhost:" : "ws://localhost:") + std::to_string(tcp_port) + "/";
    EXPECT(tls_.client.trust(the_ca().pem_bytes()).ok(), "the CA");
    agent_gate::Config config;
    config.client.url = url;
    config.client.tls = &tls_.client;
    config.client.credentials = [](Secret& secret) noexcept { return secret.assign(AgentGate::token); };
    config.client.backoff = {std::chrono::milliseconds{2}, std::chrono::milliseconds{2}, Jitter::none};
    client_.emplace(port_, std::move(config), storage_);
    uv_timer_init(loop_.native(), &watchdog_);
    uv_timer_start(
        &watchdog_, [](uv_timer_t*) { EXPECT(false, "all to be done in 100 seconds"); }, 100'000, 0);
    uv_unref(reinterpret_cast<uv_handle_t*>(&watchdog_));
    // A turn runs the timers, then waits: what the timers have brought about must not wait for another event.
    uv_prepare_init(loop_.native(), &prepare_);
    prepare_.data = this;
    uv_prepare_start(&prepare_, [](uv_prepare_t* self) {
      if (static_cast<Run*>(self->data)->settled()) uv_stop(self->loop);
    });
    uv_unref(reinterpret_cast<uv_handle_t*>(&prepare_));
    EXPECT(client_->connect().ok(), "the client to start");
    while (client_->state() != LinkState::ready) loop_.run_once();
  }
  ~Run() {
    client_->close();
    while (client_->state() != LinkState::closed) loop_.run_once();
    uv_close(reinterpret_cast<uv_handle_t*>(&watchdog_), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&prepare_), nullptr);
    loop_.poll();
  }
  /// `count` requests, some of them at once.
  void messages(int count) {
    const int end = completed_ + count;
    int left = count;
    while (completed_ < end) {
      for (; left > 0 && started_ - completed_ < at_once; --left)
        request("echo", R"({"entity_id":"sensor.temp"})");
      loop_.run_once();
    }
  }
  /// A request whose answer the line does not live to carry: it comes as a row after the reconnect.
  void reconnect() {
    request("cut", "{}");
    while (completed_ < started_) loop_.run_once();
  }
  /// The same, with certificates exchanged and verified again.
  void reconnect_in_full() {
    tls_.client.wipe_session();
    reconnect();
  }
  [[nodiscard]] agent_gate::Client& client() { return *client_; }
  [[nodiscard]] const tls::HandshakeCounts& handshakes() const { return tls_.client.handshakes(); }
  [[nodiscard]] int completed() const { return completed_; }
  [[nodiscard]] int failed() const { return failed_; }

 private:
  [[nodiscard]] bool settled() const {
    const LinkState state = client_->state();
    return completed_ == started_ && (state == LinkState::ready || state == LinkState::closed);
  }
  void request(std::string_view tool, std::string_view args) {
    ++started_;
    const auto started = client_->tool_request(tool, args, [this](const Outcome& outcome) noexcept {
      ++completed_;
      if (!outcome.ok()) ++failed_;
    });
    EXPECT(started.ok(), "the request to be taken");
  }
  uv::Loop loop_;
  uv::Port port_{loop_};
  tls::ClientStorage<> tls_;
  agent_gate::Storage<agent_gate::Limits::host()> storage_;
  std::optional<agent_gate::Client> client_;
  uv_timer_t watchdog_;
  uv_prepare_t prepare_;
  int started_ = 0, completed_ = 0, failed_ = 0;
};

struct Servers {
  ServerProcess plain{false};
  ServerProcess secure{true};
};
Servers* servers = nullptr;

void run_counted(bool with_tls) {
  if (!allocations::works()) skip();
  const auto run =
      std::make_unique<Run>(with_tls ? servers->secure.tcp_port : servers->plain.tcp_port, with_tls);
  for (int i = 0; i < warm_up; ++i) run->reconnect();
  run->messages(at_once);
  const int before = run->completed();
  allocations::Tally attempts;
  allocations::start();
  for (int i = 0; i < reconnects; ++i) {
    run->messages(requests / reconnects - 1);
    const allocations::Tally then = allocations::so_far();
    run->reconnect();
    attempts += allocations::so_far() - then;
  }
  const allocations::Tally all = allocations::stop();
  const allocations::Tally messages = all - attempts;
  messages.print(with_tls ? "a request over TLS" : "a request over TCP", requests - reconnects);
  attempts.print(with_tls ? "an attempt over TLS" : "an attempt over TCP", reconnects);
  if (all.of(Asker::program).calls != 0) allocations::print_program_stacks();
  EXPECT(run->completed() - before == requests && run->failed() == 0, "10,000 requests with a result");
  EXPECT(run->client().statistics().connects == 1 + warm_up + reconnects, "20 reconnects");
  EXPECT(all.of(Asker::program).calls == 0, "no allocation of the core");
  EXPECT(
      messages.of(Asker::wslay).calls + messages.of(Asker::libuv).calls + messages.of(Asker::libc).calls == 0,
      "none of wslay's, libuv's or libc's a message");
  EXPECT(attempts.of(Asker::wslay).calls == reconnects, "wslay's one context an attempt");
  EXPECT(attempts.of(Asker::libc).calls > 0, "getaddrinfo to be seen");
  EXPECT((attempts.of(Asker::mbedtls).calls > 0) == with_tls, "mbedTLS to be seen");
  EXPECT(!with_tls || run->handshakes().resumed == warm_up + reconnects, "each reconnect to resume");
}

void a_full_handshake_allocates_mbedtls_memory_alone(void**) {
  if (!allocations::works()) skip();
  constexpr int times = 5;
  const auto run = std::make_unique<Run>(servers->secure.tcp_port, true);
  run->reconnect();
  allocations::start();
  for (int i = 0; i < times; ++i) run->reconnect_in_full();
  const allocations::Tally all = allocations::stop();
  all.print("an attempt over TLS, full handshake", times);
  if (all.of(Asker::program).calls != 0) allocations::print_program_stacks();
  EXPECT(run->handshakes().full == 1 + times, "full handshakes");
  EXPECT(all.of(Asker::program).calls == 0, "no allocation of the core");
}

void no_allocation_over_tcp(void**) {
  run_counted(false);
}
void no_allocation_over_tls(void**) {
  run_counted(true);
}

}  // namespace

int main() {
  (void)the_server_certificate();  // one CA for this process and its children
  Servers both;
  servers = &both;
  const CMUnitTest tests[] = {
      cmocka_unit_test(no_allocation_over_tcp),
      cmocka_unit_test(no_allocation_over_tls),
      cmocka_unit_test(a_full_handshake_allocates_mbedtls_memory_alone),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
