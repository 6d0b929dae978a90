#include "ws/proxy_connect.hpp"

#include "feed_head.hpp"
#include "support/cmocka.hpp"

#include <array>

using namespace kedge;
using namespace kedge::ws;
using namespace std::chrono_literals;

/// What reads a proxy's answers.
struct Answer {
  explicit Answer(bool has_credential_in = false) : has_credential(has_credential_in) {
    head.start(Answerer::proxy);
  }
  Result<bool> feed(std::span<const std::byte> bytes, std::size_t* taken) noexcept {
    return read_connect(head, bytes, has_credential, taken);
  }
  /// `used` is what the head took of it.
  Result<bool> read(std::string_view text, std::size_t step = 0) {
    used = 0;
    return test::feed_head(*this, text, step, used);
  }

  std::array<std::byte, 256> memory{};
  ResponseHead head{memory, 8};
  bool has_credential;
  std::size_t used = 0;
};

static std::string request_to(std::string_view url, std::string_view credential = {}) {
  std::array<char, 512> room{};
  BufferSink out{std::span<char>(room)};
  const auto parsed = parse_url(url);
  EXPECT(parsed.ok() && write_connect(*parsed, credential, out).ok(), "a request");
  return std::string(out.text());
}

static void the_request_names_host_and_port_always(void**) {
  EXPECT_TEXT(request_to("wss://gate.example/ws?a=b"),
              "CONNECT gate.example:443 HTTP/1.1\r\nHost: gate.example:443\r\n\r\n");
  EXPECT_TEXT(request_to("ws://gate.example"),
              "CONNECT gate.example:80 HTTP/1.1\r\nHost: gate.example:80\r\n\r\n");
  EXPECT_TEXT(request_to("wss://[fd00::1]:8443/"),
              "CONNECT [fd00::1]:8443 HTTP/1.1\r\nHost: [fd00::1]:8443\r\n\r\n");
}

static void the_credential_goes_as_basic(void**) {
  // The example of RFC 7617 section 2.
  EXPECT_TEXT(request_to("wss://h", "Aladdin:open sesame"),
              "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n"
              "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
}

static void a_request_that_cannot_be_made_is_refused_without_the_credential(void**) {
  const auto url = parse_url("wss://gate.example");
  std::array<char, 128> room{};
  for (std::size_t size = 0; size < 90; ++size) {
    BufferSink out(std::span<char>(room).first(size));
    const auto written = write_connect(*url, "user:secret", out);
    EXPECT(!written && written.error().kind() == ErrorKind::too_large, "no room");
  }
  BufferSink out{std::span<char>(room)};
  const auto written = write_connect(*url, "secret", out);
  EXPECT(!written && written.error().kind() == ErrorKind::config, "no colon");
  EXPECT(written.error().message().find("secret") == std::string_view::npos, "and no secret in words");
}

static void any_2xx_is_a_tunnel_and_has_no_body(void**) {
  const char* const answers[] = {
      "HTTP/1.1 200 Connection established\r\n\r\n",
      "HTTP/1.0 200 Connection established\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n",
      "HTTP/1.1 200\r\n\r\n",
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 299 Yes\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
  };
  for (const std::string text : answers) {
    for (const std::size_t step : {0U, 1U, 7U}) {
      Answer it;
      const auto done = it.read(text + (step == 0 ? "tunnel" : ""), step);
      EXPECT(done.ok() && *done, text.c_str());
      EXPECT(it.used == text.size(), "the head and no more");
    }
  }
}

static Error error_of(std::string_view text, bool has_credential = false) {
  Answer whole(has_credential);
  const auto done = whole.read(text);
  EXPECT(!done.ok(), std::string(text).c_str());
  Answer pieces(has_credential);
  EXPECT(pieces.read(text, 1).error().message() == done.error().message(), "the same in single bytes");
  EXPECT(done.error().layer() == Layer::proxy, "the proxy's");
  return done.error();
}

static void a_refusal_has_the_proxys_status_and_none_of_its_words(void**) {
  for (const int status : {300, 302, 400, 403, 404, 405, 408, 426, 429, 500, 502, 503, 504, 799}) {
    const Error error =
        error_of("HTTP/1.1 " + std::to_string(status) + " Not this way\r\nRetry-After: 9\r\n\r\n");
    EXPECT(error.kind() == ErrorKind::connection && error.layer_code() == status, "the status");
    EXPECT(error.retry_after() == 9s, "and its hint");
    EXPECT_TEXT(error.message(), "the proxy refused: HTTP " + std::to_string(status));
  }
  EXPECT_TEXT(error_of("HTTP/1.0 403\r\n\r\n").message(), "the proxy refused: HTTP 403");
}

static void a_status_of_the_credential_is_of_kind_authentication(void**) {
  for (const int status : {401, 407}) {
    const std::string answer = "HTTP/1.1 " + std::to_string(status) + "\r\n\r\n";
    const Error wants = error_of(answer);
    EXPECT(wants.kind() == ErrorKind::authentication && wants.layer_code() == status, "authentication");
    EXPECT_TEXT(wants.message(), "the proxy wants a credential: HTTP " + std::to_string(status));
    EXPECT_TEXT(error_of(answer, true).message(),
                "the proxy refused the credential for it: HTTP " + std::to_string(status));
  }
}

static void what_is_no_answer_is_told_as_the_proxys(void**) {
  struct {
    std::string text;
    ErrorKind kind;
    std::string words;
  } const cases[] = {
      {"SSH-2.0-x\r\n", ErrorKind::protocol, "the proxy does not speak HTTP: check the port"},
      {"\x15\x03\x01", ErrorKind::protocol, "the proxy does not speak HTTP, but TLS, which is not supported"},
      {"HTTP/2 200\r\n\r\n", ErrorKind::protocol,
       "the proxy answers in a version of HTTP other than HTTP/1.1"},
      {"HTTP/1.1 2000\r\n\r\n", ErrorKind::protocol, "the proxy does not answer in HTTP/1.1"},
      {"HTTP/1.1 101 Switching\r\n\r\n", ErrorKind::protocol, "the proxy answers CONNECT with HTTP 101"},
      {"HTTP/1.1 200 OK\n\n", ErrorKind::protocol, "the proxy's answer: the HTTP head has a LF without CR"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(300, 'x'), ErrorKind::too_large,
       "the proxy's answer: the HTTP head is longer than the limit"},
  };
  for (const auto& test : cases) {
    const Error error = error_of(test.text);
    EXPECT(error.kind() == test.kind && error.layer_code() == 0, test.words.c_str());
    EXPECT_TEXT(error.message(), test.words);
  }
}

static void a_head_that_is_cut_anywhere_is_not_complete(void**) {
  const std::string text = "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    Answer it;
    const auto done = it.read(text.substr(0, size));
    EXPECT(done.ok() && !*done, "more is needed");
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_request_names_host_and_port_always),
      cmocka_unit_test(the_credential_goes_as_basic),
      cmocka_unit_test(a_request_that_cannot_be_made_is_refused_without_the_credential),
      cmocka_unit_test(any_2xx_is_a_tunnel_and_has_no_body),
      cmocka_unit_test(a_refusal_has_the_proxys_status_and_none_of_its_words),
      cmocka_unit_test(a_status_of_the_credential_is_of_kind_authentication),
      cmocka_unit_test(what_is_no_answer_is_told_as_the_proxys),
      cmocka_unit_test(a_head_that_is_cut_anywhere_is_not_complete),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
