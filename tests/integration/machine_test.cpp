// What the machine does to a client: a lookup that never returns, no descriptor left, a line that is gone
// while it is written to.

#include "integration/uv_ground.hpp"
#include "support/gate_ground.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>

using namespace kedge;
using namespace kedge::test;

namespace {

/// getaddrinfo of this program: the name hang.test is not answered before `release()`.
class Lookups {
 public:
  void hang() {
    std::unique_lock lock(mutex_);
    ++hanging_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
  }
  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  void wait_for_one() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return hanging_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int hanging_ = 0;
  bool released_ = false;
};
Lookups lookups;

/// send() of this program: breaks the line in the middle of a large message.
struct Breaker {
  std::uint16_t server_port = 0;  ///< what is sent to it is watched; 0: nothing is
  int sends_left = 0;             ///< large ones, until the line is broken
  int broken_pipes = 0;           ///< writes that met EPIPE: without MSG_NOSIGNAL each would be a SIGPIPE
};
Breaker breaker;

std::uint16_t port_of(const sockaddr_in& address) {
  return ntohs(address.sin_port);
}

bool goes_to_server(int descriptor) {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  return getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
         port_of(peer) == breaker.server_port;
}

/// Shuts the other end of this connection, which is a descriptor of this process too: what is written from
/// now on is answered with a reset.
void shut_other_end(int descriptor) {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  EXPECT(getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &size) == 0, "its address");
  for (int other = 3; other < 256; ++other) {
    sockaddr_in peer{};
    size = sizeof peer;
    if (getpeername(other, reinterpret_cast<sockaddr*>(&peer), &size) != 0 || port_of(peer) != port_of(own))
      continue;
    EXPECT(shutdown(other, SHUT_RDWR) == 0, "to shut the server's end");
  }
}

}  // namespace

extern "C" {
int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  if (node != nullptr && std::string_view(node) == "hang.test") {
    lookups.hang();
    return EAI_AGAIN;
  }
  static const auto next = reinterpret_cast<decltype(&::getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return next(node, service, hints, result);
}
ssize_t send(int descriptor, const void* from, size_t size, int flags) {
  static const auto next = reinterpret_cast<decltype(&::send)>(dlsym(RTLD_NEXT, "send"));
  if (breaker.sends_left > 0 && size > 10'000 && goes_to_server(descriptor) && --breaker.sends_left == 0) {
    shut_other_end(descriptor);
  }
  const ssize_t sent = next(descriptor, from, size, flags);
  if (sent < 0 && errno == EPIPE) ++breaker.broken_pipes;
  return sent;
}
}

namespace {

void a_lookup_that_never_returns_does_not_hold_close(void**) {
  UvGround<AgentGate> ground(gate_config(), {.host = "hang.test"});
  Agent agent(ground);
  const ToolEnding& ending = agent.call("read");
  agent.wait(LinkState::connecting);
  lookups.wait_for_one();
  agent.client->close();
  agent.wait(LinkState::closed);
  EXPECT(ending.times == 1 && ending.error.kind() == ErrorKind::closed, "the request to be closed");
  EXPECT(ground.loop.lookups_outstanding() == 1, "the lookup still to hang");
  lookups.release();  // or the program could not end
  EXPECT(ground.run_until([&] { return ground.loop.lookups_outstanding() == 0; }), "the thread to come back");
}

void a_lookup_that_never_returns_ends_at_its_deadline(void**) {
  // The lookups of other tests do not hang any more: a name that never answers needs no more than a deadline
  // here.
  UvGround<AgentGate> ground(gate_config(), {.host = "hang.test"});
  Agent agent(ground, {.change = [](agent_gate::Config& config) {
                config.client.max_retries = 1;
                config.client.resolve_timeout = std::chrono::milliseconds{20};
              }});
  const ToolEnding& ending = agent.call("read");
  agent.wait(LinkState::closed);
  EXPECT(ending.times == 1 && ending.error.kind() == ErrorKind::connection, "the request to fail with it");
  EXPECT(agent.client->statistics().attempts == 2, "one attempt, one more");
}

void no_descriptor_left_is_an_error_by_name_and_passes(void**) {
  UvGround<AgentGate> ground(gate_config(), {.host = "127.0.0.1"});
  Agent agent(ground, {}, false);
  rlimit limit{};
  EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0, "the limit");
  const int first_free = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT(first_free >= 0 && close(first_free) == 0, "to learn the first free descriptor");
  rlimit none = limit;
  none.rlim_cur = static_cast<rlim_t>(first_free);
  EXPECT(setrlimit(RLIMIT_NOFILE, &none) == 0, "to take the descriptors away");
  EXPECT(agent.client->connect().ok(), "the client to start");
  const ToolEnding& ending = agent.call("read");
  const bool noticed = ground.run_until([&] { return agent.client->statistics().attempts >= 2; });
  const Error error = agent.client->last_error();
  EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0, "to give them back");
  EXPECT(noticed, "attempts to go on");
  EXPECT(error.kind() == ErrorKind::connection && error.layer() == Layer::system, "an error of the system");
  EXPECT(error.layer_code() == EMFILE && !error.message().empty(), "EMFILE, with words");
  agent.expect_data(ending, R"({"state":21.5})");
}

void no_sigpipe_kills_the_process(const UvOptions& options) {
  std::signal(SIGPIPE, SIG_DFL);
  UvGround<AgentGate> ground(gate_config(), options);
  Agent agent(ground, {.limits = agent_gate::Limits::host()});  // messages of 200 KB
  agent.wait(LinkState::ready);
  const std::string large = R"({"filler":")" + std::string(200'000, 'x') + R"("})";
  breaker.server_port = ground.tcp_port;
  for (int round = 0; round < 5; ++round) {
    breaker.broken_pipes = 0;
    breaker.sends_left = 2;
    agent.expect_data(agent.call("echo", large), large);  // sent again: it cannot have arrived whole
    EXPECT(breaker.broken_pipes > 0, "a write to have met EPIPE, or this test shows nothing");
  }
  EXPECT(agent.client->statistics().connects == 6, "a reconnect each time");
  EXPECT(ground.stand_in().executions().size() == 5, "each request to have run once");
}

void no_sigpipe_over_tcp(void**) {
  no_sigpipe_kills_the_process({.server_tls = false, .client_tls = false});
}
void no_sigpipe_over_tls(void**) {
  no_sigpipe_kills_the_process({});
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_lookup_that_never_returns_does_not_hold_close),
      cmocka_unit_test(a_lookup_that_never_returns_ends_at_its_deadline),
      cmocka_unit_test(no_descriptor_left_is_an_error_by_name_and_passes),
      cmocka_unit_test(no_sigpipe_over_tcp),
      cmocka_unit_test(no_sigpipe_over_tls),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
