// getaddrinfo is ours in this program: it can hang, fail and answer without a network.

#include "uv_fixture.hpp"

#include "support/memcheck.hpp"

#include <dlfcn.h>
#include <netdb.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace kedge;
using namespace kedge::test;

static std::atomic<bool> hanging{true};
static std::atomic<int> calls{0};

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  ++calls;
  const std::string_view name(node);
  if (name == "hang.test") {
    while (hanging) usleep(1000);
    return EAI_AGAIN;
  }
  if (name == "busy.test") return EAI_AGAIN;
  if (name.starts_with("many-")) {  // many-A-B.test: A addresses of IPv6, then B of IPv4
    // As libc frees it, libc must have made it: chain the answers to real lookups.
    const auto real = reinterpret_cast<decltype(&::getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
    int six = 0;
    int four = 0;
    (void)sscanf(node, "many-%d-%d.test", &six, &four);
    addrinfo** end = result;
    for (int i = 0; i < six + four; ++i) {
      const std::string text = i < six ? "fd00::" + std::to_string(i) : "10.0.0." + std::to_string(i - six);
      if (const int status = real(text.c_str(), service, hints, end); status != 0) return status;
      while (*end != nullptr) end = &(*end)->ai_next;
    }
    return 0;
  }
  if (name == "fails.invalid") return EAI_NONAME;
  return reinterpret_cast<decltype(&::getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"))(node, service, hints,
                                                                                     result);
}

struct Lookup {
  Lookup() { port.set_events(told); }
  Told& of(std::string_view host, std::uint16_t tcp_port = 443) {
    told.answers = 0;
    EXPECT(port.resolve(host, tcp_port).ok(), "a lookup to start");
    EXPECT(told.answers == 0, "no event inside resolve()");
    loop.run();
    EXPECT(told.answers == 1, "one answer");
    return told;
  }
  uv::Loop loop;
  Told told;
  uv::Port port{loop};
};

static void literals_are_answered_without_getaddrinfo(void**) {
  Lookup lookup;
  calls = 0;
  const Told& ipv4 = lookup.of("127.0.0.1", 80);
  EXPECT(ipv4.addresses.size() == 1 && ipv4.addresses[0] == loopback4(80), "127.0.0.1:80");
  const Told& ipv6 = lookup.of("::1", 81);
  EXPECT(ipv6.addresses.size() == 1 && ipv6.addresses[0] == loopback6(81), "[::1]:81");
  const Told& named = lookup.of("fe80::1%lo");
  EXPECT(named.addresses[0].scope != 0, "the index of the interface");
  EXPECT(lookup.of("fe80::1%7").addresses[0].scope == 7, "a scope by number");
  EXPECT(calls == 0, "no getaddrinfo for a literal");
  const Error unknown = lookup.port.resolve("fe80::1%nosuch0", 1).error();
  EXPECT(unknown.kind() == ErrorKind::connection && unknown.layer() == Layer::resolver,
         "an interface that is not there to be no final error: it may come");
}

static void names_give_addresses_with_the_port(void**) {
  Lookup lookup;
  const Told& answers = lookup.of("localhost", 8443);
  EXPECT(!answers.error && !answers.addresses.empty(), "addresses");
  for (const Address& address : answers.addresses) EXPECT(address.port == 8443, "the port asked for");
  EXPECT(lookup.loop.lookups_outstanding() == 0, "none outstanding");
}

static void a_name_gives_all_its_addresses_however_many_in_the_systems_order(void**) {
  Lookup lookup;
  for (const char* name : {"many-32-0.test", "many-33-0.test", "many-100-120.test", "many-1-1.test"}) {
    std::size_t six = 0;
    std::size_t four = 0;
    EXPECT(sscanf(name, "many-%zu-%zu.test", &six, &four) == 2, "a name of this test");
    const Told& answers = lookup.of(name);
    EXPECT(answers.addresses.size() == six + four, name);
    for (std::size_t i = 0; i < six + four; ++i) {
      const Address& address = answers.addresses[i];
      const bool is_six = address.family == Address::Family::ipv6;
      EXPECT(is_six == (i < six) && address.port == 443, "none lost, none moved");
      if (!is_six) EXPECT(address.bytes[3] == i - six, "in their order");
    }
  }
}

static void failures_are_told_in_words_with_the_resolvers_code(void**) {
  Lookup lookup;
  const Told& answers = lookup.of("fails.invalid");
  EXPECT(answers.addresses.empty(), "no address");
  EXPECT(answers.error.kind() == ErrorKind::connection && answers.error.layer() == Layer::resolver, "kind");
  EXPECT(answers.error.layer_code() == UV_EAI_NONAME, "the resolver's code");
  EXPECT_TEXT(answers.error.message(), "cannot look up the host: no such name: fails.invalid");
  EXPECT_TEXT(lookup.of("busy.test").error.message(),
              "cannot look up the host: the name servers did not answer: busy.test");
}

static void bad_names_are_refused_at_once(void**) {
  Lookup lookup;
  for (const std::string& name : {std::string(), std::string(256, 'a'), std::string("a\0b", 3)}) {
    EXPECT(lookup.port.resolve(name, 1).error().kind() == ErrorKind::config, "config");
  }
  EXPECT(lookup.port.resolve("127.0.0.1", 1).ok(), "a good one");
  EXPECT(lookup.port.resolve("127.0.0.1", 1).error().kind() == ErrorKind::config, "one at a time");
  lookup.port.cancel_resolve();
  lookup.loop.run();
  EXPECT(lookup.told.answers == 0, "no answer to a cancelled literal");
}

static void a_cancelled_lookup_is_not_answered_and_the_next_one_is(void**) {
  hanging = true;
  Lookup lookup;
  EXPECT(lookup.port.resolve("hang.test", 1).ok(), "to start");
  (void)turns_in(lookup.loop, 20);
  lookup.port.cancel_resolve();
  lookup.loop.run();  // does not wait for the one that hangs
  EXPECT(lookup.told.answers == 0 && lookup.loop.lookups_outstanding() == 1, "an orphan");
  EXPECT(lookup.of("localhost").error.kind() == ErrorKind::none, "an answer beside the orphan");
  EXPECT(lookup.port.resolve("hang.test", 1).ok(), "the second request");
  (void)turns_in(lookup.loop, 20);
  lookup.port.cancel_resolve();
  EXPECT(lookup.port.resolve("localhost", 1).error().layer() == Layer::resolver, "no third request");
  hanging = false;
  EXPECT(run_until(lookup.loop, [&] { return lookup.loop.lookups_outstanding() == 0; }), "both to return");
  EXPECT(lookup.told.answers == 1, "no answer from an orphan");
  EXPECT(lookup.of("localhost").error.kind() == ErrorKind::none, "requests to be free again");
}

static void run_returns_though_the_lookup_was_cancelled_inside_it(void**) {
  hanging = true;
  {
    Lookup lookup;
    EXPECT(lookup.port.resolve("hang.test", 1).ok(), "to start");
    (void)turns_in(lookup.loop, 20);
    EXPECT(lookup.loop.post([&lookup]() noexcept { lookup.port.cancel_resolve(); }).ok(), "room");
    lookup.loop.run();
    hanging = false;
    EXPECT(run_until(lookup.loop, [&] { return lookup.loop.lookups_outstanding() == 0; }), "to return");
  }
}

// Runs `body` in a child and gives its exit code, or -1 when a signal ended it: after a minute one does.
static int exit_code_of(void (*body)()) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    body();
    _exit(99);
  }
  int status = 0;
  EXPECT(waitpid(child, &status, 0) == child, "the child's end");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void close_under_a_hanging_lookup() {
  hanging = true;
  std::size_t outstanding = 0;
  auto* answers = new Told;
  {
    uv::Loop loop;
    {
      uv::Port port(loop);
      port.set_events(*answers);
      if (!port.resolve("hang.test", 1)) _exit(90);
      (void)turns_in(loop, 20);
    }
    loop.run();
    outstanding = loop.lookups_outstanding();
  }
  if (answers->answers != 0) _exit(91);
  if (outstanding != 1) _exit(92);
}

static int pipe_ends[2];

static void neither_close_nor_destruction_nor_exit_now_waits_for_a_lookup(void**) {
  if (under_memcheck()) {
    print_message(
        "not under memcheck: exit_now() leaves the lookup's memory, which it would make the exit code\n");
    skip();
  }
  EXPECT(pipe(pipe_ends) == 0, "a pipe");
  const int code = exit_code_of([] {
    close_under_a_hanging_lookup();
    FILE* out = fdopen(pipe_ends[1], "w");
    std::fputs("flushed", out);
    uv::exit_now(7);
  });
  if (code != 7) print_error("the child ended with %d\n", code);
  EXPECT(code == 7, "the code given to exit_now()");
  char text[16] = {};
  EXPECT(read(pipe_ends[0], text, sizeof text) == 7, "stdio to be flushed");
  EXPECT_TEXT(text, "flushed");
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

int main() {
  const CMUnitTest tests[] = {
      // First, as a child inherits no threads: libuv must not have started its own yet.
      cmocka_unit_test(neither_close_nor_destruction_nor_exit_now_waits_for_a_lookup),
      cmocka_unit_test(literals_are_answered_without_getaddrinfo),
      cmocka_unit_test(names_give_addresses_with_the_port),
      cmocka_unit_test(a_name_gives_all_its_addresses_however_many_in_the_systems_order),
      cmocka_unit_test(failures_are_told_in_words_with_the_resolvers_code),
      cmocka_unit_test(bad_names_are_refused_at_once),
      cmocka_unit_test(a_cancelled_lookup_is_not_answered_and_the_next_one_is),
      cmocka_unit_test(run_returns_though_the_lookup_was_cancelled_inside_it),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
