#include "uv/system_error.hpp"

#include "support/cmocka.hpp"

#include <kedge/port_uv.hpp>

#include <sys/resource.h>
#include <uv.h>

#include <cerrno>

using namespace kedge;

static void system_errors_are_words_with_their_errno(void**) {
  const struct {
    int code;
    std::string_view words;
  } cases[] = {{EMFILE, "no file descriptor left (the process's limit)"},
               {ENFILE, "no file descriptor left (the system's limit)"},
               {ENOBUFS, "no buffer space left"},
               {ENOMEM, "no memory left"},
               {ETIMEDOUT, "the peer did not answer"},
               {EPIPE, "the peer has closed the connection"},
               {EAFNOSUPPORT, "address family not supported"},
               {EADDRNOTAVAIL, "address not available"},
               {ENETUNREACH, "network is unreachable"},
               {EHOSTUNREACH, "host is unreachable"},
               {ECONNRESET, "connection reset by peer"}};
  for (const auto& [code, words] : cases) {
    const Error error = uv::system_error("doing: ", code);
    EXPECT(error.kind() == ErrorKind::connection && error.layer() == Layer::system, "kind and layer");
    EXPECT(error.layer_code() == code, "the errno");
    EXPECT_TEXT(error.message(), "doing: " + std::string(words));
  }
}

static void resolver_errors_name_the_host(void**) {
  const struct {
    int code;
    std::string_view words;
  } cases[] = {{UV_EAI_NONAME, "no such name"},
               {UV_EAI_NODATA, "no such name"},
               {UV_EAI_ADDRFAMILY, "no such name"},
               {UV_EAI_AGAIN, "the name servers did not answer"},
               {UV_EAI_FAIL, "the name servers failed"},
               {UV_EAI_MEMORY, "no memory left"},
               {UV_ENOMEM, "no memory left"},
               {UV_EAI_SERVICE, "service not available for socket type"}};
  for (const auto& [code, words] : cases) {
    const Error error = uv::resolver_error(code, "gate.test");
    EXPECT(error.layer() == Layer::resolver && error.layer_code() == code, "layer and code");
    EXPECT_TEXT(error.message(), "cannot look up the host: " + std::string(words) + ": gate.test");
  }
}

static void every_call_on_a_loop_that_could_not_be_made_fails_with_its_error(void**) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  uv::Loop loop;
  setrlimit(RLIMIT_NOFILE, &before);
  uv::Port port(loop);
  uv::Listener listener(loop);
  struct Nobody final : StreamEvents, AcceptEvents {
    void on_open() noexcept override {}
    void on_error(const Error&) noexcept override {}
    void on_readable() noexcept override {}
    void on_writable() noexcept override {}
    void on_closed() noexcept override {}
    void on_accept(Stream&, const Address&) noexcept override {}
    void on_accept_error(const Error&) noexcept override {}
    void on_accept_closed() noexcept override {}
  } nobody;
  EXPECT(loop.status().error().layer_code() == EMFILE, "the reason");
  EXPECT(port.resolve("::1", 1).error().layer_code() == EMFILE, "resolve() to say it");
  EXPECT(port.connect(Address{}, nobody).error().layer_code() == EMFILE, "connect() to say it");
  EXPECT(listener.listen(Address{}, nobody).error().layer_code() == EMFILE, "listen() to say it");
  EXPECT(loop.post([]() noexcept {}).error().layer_code() == EMFILE, "post() to say it");
  port.arm(port.now());
  loop.keep_running(true);
  loop.stop();
  loop.run();
  loop.poll();
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(system_errors_are_words_with_their_errno),
      cmocka_unit_test(resolver_errors_name_the_host),
      cmocka_unit_test(every_call_on_a_loop_that_could_not_be_made_fails_with_its_error),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
