#include "upgrade_client_fixture.hpp"

using namespace kedge;
using namespace kedge::ws;

static void the_request_is_that_of_rfc_6455_4_1(void**) {
  Client it;
  it.start();
  EXPECT_TEXT(it.request,
              "GET /ws HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\nSec-WebSocket-Version: 13\r\n\r\n");
}

static void interim_responses_are_passed_over(void**) {
  const std::string interim =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nRetry-After: 9\r\n\r\n";
  for (const std::size_t step : {0U, 1U, 7U}) {
    Client it;
    it.start();
    const Result<bool> done = it.feed(interim + it.good() + (step == 0 ? "frames" : ""), step);
    EXPECT(done.ok() && *done, "the 101 behind them to count");
    EXPECT(it.used == interim.size() + it.good().size(), "all heads to be taken, and no frame");
    EXPECT(it.client.response().status == 101 && it.client.response().retry_after.count() == 0,
           "nothing to be kept of them");
  }
}

static void endless_interim_responses_are_refused(void**) {
  Client it;
  it.start();
  std::string flood;
  for (int i = 0; i < 100; ++i) flood += "HTTP/1.1 102 Processing\r\n\r\n";
  const Result<bool> done = it.feed(flood);
  EXPECT(!done.ok() && done.error().kind() == ErrorKind::protocol, "an error");
  EXPECT_TEXT(done.error().message(), "the server sends interim responses without end");
}

static std::string first_line(std::string_view target, bool with_query) {
  Client it;
  UpgradeExtras extras(it.extras_memory);
  if (with_query) EXPECT(extras.add_query("k", "v").ok() && extras.add_header("X-H", "h").ok(), "room");
  BufferSink sink{std::span<std::byte>(it.request_memory)};
  EXPECT(it.client.start(it.port, "[::1]:8080", target, extras, sink).ok(), "a request");
  if (with_query)
    EXPECT(sink.text().find("\r\nX-H: h\r\n\r\n") != std::string_view::npos, "the extra header");
  EXPECT(sink.text().find("\r\nHost: [::1]:8080\r\n") != std::string_view::npos, "the Host as given");
  return std::string(sink.text().substr(0, sink.text().find("\r\n")));
}

static void the_target_gets_its_slash_and_the_extra_query(void**) {
  EXPECT_TEXT(first_line("", false), "GET / HTTP/1.1");
  EXPECT_TEXT(first_line("?a=b", false), "GET /?a=b HTTP/1.1");
  EXPECT_TEXT(first_line("", true), "GET /?k=v HTTP/1.1");
  EXPECT_TEXT(first_line("/p", true), "GET /p?k=v HTTP/1.1");
  EXPECT_TEXT(first_line("/p?a=b", true), "GET /p?a=b&k=v HTTP/1.1");
}

static ErrorKind start_error(std::string_view host, std::string_view target, std::size_t room = 1024,
                             bool randomness = true) {
  Client it;
  it.port.fails = !randomness;
  UpgradeExtras extras(it.extras_memory);
  BufferSink sink(std::span<std::byte>(it.request_memory).first(room));
  return it.client.start(it.port, host, target, extras, sink).error().kind();
}

/// Refuses one write, and takes the others.
struct HoleSink final : Sink {
  using Sink::write;
  explicit HoleSink(int hole) : left(hole) {}
  bool write(std::span<const std::byte>) noexcept override { return left-- != 0; }
  int left;
};

static void a_request_with_a_hole_is_no_request(void**) {
  for (const std::string_view target : {"/", "?a=b"}) {
    int writes = 0;
    for (bool refused = true; refused; ++writes) {
      Client it;
      UpgradeExtras extras(it.extras_memory);
      EXPECT(extras.add_query("k", "v").ok() && extras.add_header("X-H", "h").ok(), "room");
      EXPECT(extras.add_subprotocol("one").ok() && extras.add_subprotocol("two").ok(), "room");
      HoleSink sink(writes);
      const Result<void> made = it.client.start(it.port, "h", target, extras, sink);
      refused = !made;
      EXPECT(made.ok() == (sink.left >= 0), "each write that is refused to be noticed, wherever it is");
    }
    EXPECT(writes > 12, "the whole of the request to have been tried");
  }
}

static void a_request_that_cannot_be_made_is_refused_by_name(void**) {
  EXPECT(start_error("h", "/a b") == ErrorKind::config, "no space in a target");
  EXPECT(start_error("h", "/a\r\nX: y") == ErrorKind::config, "no line break in a target");
  EXPECT(start_error("h\r\nX: y", "/") == ErrorKind::config, "no line break in a host");
  EXPECT(start_error("", "/") == ErrorKind::config, "a host");
  EXPECT(start_error("h", "/", 1024, false) == ErrorKind::connection, "no key without randomness");
  for (std::size_t room = 0; room < 140; ++room) {
    EXPECT(start_error("h", "/", room) == ErrorKind::too_large,
           "a sink too small to be noticed at every byte");
  }
}

static void a_valid_101_completes_in_any_split_and_the_frames_after_it_are_kept(void**) {
  for (const std::size_t step : {0U, 1U, 2U, 3U, 11U}) {
    Client it;
    it.start();
    const Result<bool> done = it.feed(it.good() + "\x81\x05hello", step);
    EXPECT(done && *done, "completion");
    EXPECT(it.used == it.good().size(), "the frames left where they are");
    EXPECT(it.client.response().status == 101, "the status");
  }
}

static void a_truncated_101_waits_at_every_byte(void**) {
  Client it;
  it.start();
  const std::string good = it.good();
  for (std::size_t size = 0; size < good.size(); ++size) {
    it.start();
    const Result<bool> done = it.feed(std::string_view(good).substr(0, size));
    EXPECT(done && !*done, "neither done nor failed");
  }
}

static void header_names_and_tokens_are_compared_without_case(void**) {
  Client it;
  it.start();
  EXPECT(
      *it.feed(
          "HTTP/1.1 101\r\nupgrade: WebSocket\r\nCONNECTION: keep-alive, UPGRADE\r\nsec-websocket-ACCEPT:" +
          it.accept + "\r\n\r\n"),
      "completion");
}

/// `text` must fail like this; `ACCEPT` in it stands for the right value.
static Error expect_error(std::string text, ErrorKind kind, int status, std::string_view why) {
  for (const std::size_t step : {1U, 0U}) {
    Client it;
    it.start();
    std::string wire = text;
    if (const std::size_t at = wire.find("ACCEPT"); at != std::string::npos) wire.replace(at, 6, it.accept);
    const Result<bool> result = it.feed(wire, step);
    EXPECT(!result, "a refusal");
    const Error error = result.error();
    EXPECT(error.kind() == kind && error.layer() == Layer::http && error.layer_code() == status,
           text.c_str());
    EXPECT(error.message().find(why) != std::string_view::npos, std::string(error.message()).c_str());
    EXPECT(it.client.response().status == status || error.kind() == ErrorKind::protocol,
           "the status surfaced");
    if (step == 0) return error;
  }
  return {};
}

static void refusals_are_classified_by_status(void**) {
  for (const int status : {401, 403}) {
    expect_error("HTTP/1.1 " + std::to_string(status) + " No\r\nWWW-Authenticate: x\r\n\r\nbody",
                 ErrorKind::authentication, status, "HTTP 40");
  }
  for (const int status : {200, 400, 404, 405, 407, 408, 426, 429, 500, 503, 599, 600, 799, 999}) {
    expect_error("HTTP/1.1 " + std::to_string(status) + "\r\n\r\n", ErrorKind::connection, status, "HTTP ");
  }
}

static void a_redirect_names_where_it_leads_without_what_may_be_secret(void**) {
  const struct {
    std::string location, scheme, rest;
  } table[] = {
      {"wss://elsewhere.example/gate", "", "wss://elsewhere.example/gate"},
      {"ws://elsewhere/?token=x", "", "ws://elsewhere/"},
      {"https://elsewhere/a#token", "", "https://elsewhere/a"},
      {"https://user:secret@elsewhere/a/@b", "https://", "elsewhere/a/@b"},
      {"//me@elsewhere", "//", "elsewhere"},
      {"/login/@me", "", "/login/@me"},
      {"", "", ""},
      {"?token=x", "", ""},
  };
  for (const auto& row : table) {
    for (const int status : {300, 301, 302, 303, 307, 308, 399}) {
      const std::string text =
          "HTTP/1.1 " + std::to_string(status) + " Moved\r\nLocation: " + row.location + "\r\n\r\n";
      const Error error = expect_error(text, ErrorKind::connection, status, "");
      EXPECT(error.message().ends_with(" (not followed)"), "none of the server's words in the error");
      Client it;
      it.start();
      EXPECT(!it.feed(text, 0), "a refusal");
      EXPECT_TEXT(it.client.redirect().scheme, row.scheme);
      EXPECT_TEXT(it.client.redirect().rest, row.rest);
    }
  }
  Client it;
  it.start();
  EXPECT(!it.feed("HTTP/1.1 503 Busy\r\nLocation: /elsewhere\r\n\r\n", 0), "a refusal");
  EXPECT(it.client.redirect().empty(), "no redirect");
}

static void retry_after_and_date_are_surfaced(void**) {
  const Error error =
      expect_error("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\n", ErrorKind::connection, 503, "503");
  EXPECT(error.retry_after() == std::chrono::seconds(7), "7 seconds");
  Client it;
  it.start();
  EXPECT(!it.feed("HTTP/1.1 503 Busy\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 "
                  "08:50:37 GMT"
                  "\r\n\r\n"),
         "a refusal");
  EXPECT(it.client.response().retry_after == std::chrono::seconds(60),
         "a date to count from the response's Date");
  EXPECT(it.client.response().date.has_value(), "the Date");
  it.start();
  EXPECT(it.client.response().status == 0 && !it.client.response().date, "a new attempt to forget the last");
}

static std::chrono::seconds retry_after(const std::string& headers) {
  Client it;
  it.start();
  EXPECT(!it.feed("HTTP/1.1 429 Slow\r\n" + headers + "\r\n"), "a refusal");
  return it.client.response().retry_after;
}

static void a_retry_after_that_makes_no_sense_counts_as_none_or_is_clamped(void**) {
  EXPECT(retry_after("Retry-After: soon\r\n").count() == 0, "words");
  EXPECT(retry_after("Retry-After: -7\r\n").count() == 0, "a negative number");
  EXPECT(retry_after("Retry-After:\r\n").count() == 0, "nothing");
  EXPECT(retry_after("Retry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\n").count() == 0, "a date without a Date");
  EXPECT(retry_after("Date: Sun, 06 Nov 1994 08:50:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n")
                 .count() == 0,
         "a date that is past");
  EXPECT(retry_after("Retry-After: 99999999999999999999999999\r\n").count() == 0xFFFFFFFF,
         "a clamp, not a wrap");
}

static void another_protocol_is_told_at_the_first_byte_that_cannot_be_http(void**) {
  const std::string_view nothing = "the server does not speak HTTP: check the port";
  const std::string_view tls = "the server does not speak HTTP, but TLS: use wss://";
  const std::string_view version = "the server answers in a version of HTTP other than HTTP/1.1";
  struct {
    std::string_view sent;
    std::size_t wrong_at;  // counted from 0
    std::string_view words;
  } const cases[] = {
      {"SSH-2.0-OpenSSH_9.2\r\n", 0, nothing},
      {"220 smtp.example ESMTP\r\n", 0, nothing},
      {"+OK POP3\r\n", 0, nothing},
      {"\r\nHTTP/1.1 101 x\r\n", 0, nothing},
      {" ", 0, nothing},
      {"http/1.1 101 x\r\n\r\n", 0, nothing},
      {"ICY 200 OK\r\n\r\n", 0, nothing},
      {"HELO\r\n", 1, nothing},
      {"HTTPS", 4, nothing},
      {"HTTP/2 400\r\n\r\n", 5, version},
      {"HTTP/10", 6, version},
      {std::string_view("\x15\x03\x01\x00\x02\x02\x46", 7), 0, tls},
      {std::string_view("\x16\x03\x03\x00\x7A", 5), 0, tls},
      {std::string_view("\x00\x00\x12\x04\x00\x00\x00\x00\x00", 9), 0,
       "the server does not speak HTTP/1.1, but perhaps HTTP/2 alone: check the port"},
      {"\xFF", 0, nothing},
  };
  for (const auto& test : cases) {
    for (const std::string_view before : {"", "HTTP/1.1 103 Early Hints\r\n\r\n"}) {
      const std::string good = std::string(before) + std::string(test.sent.substr(0, test.wrong_at));
      for (const std::size_t step : {std::size_t{0}, std::size_t{1}}) {
        Client it;
        it.start();
        const Result<bool> so_far = it.feed(good, step);
        EXPECT(so_far && !*so_far, "nothing wrong with what may become HTTP/1.");
        const Result<bool> wrong = it.feed(test.sent.substr(test.wrong_at), step);
        EXPECT(!wrong && wrong.error().kind() == ErrorKind::protocol, "an error at that byte");
        EXPECT(wrong.error().layer() == Layer::http && wrong.error().layer_code() == 0, "of HTTP, no status");
        EXPECT_TEXT(wrong.error().message(), test.words);
      }
    }
  }
}

static void malformed_responses_are_protocol_errors(void**) {
  for (const char* line : {"HTTP/2.0 101 x", "HTTP/1.2 101 x", "HTTP/1.1 10 x", "HTTP/1.1 1011 x",
                           "HTTP/1.1  101 x", "HTTP/1.1 099 x", "HTTP/1.1 1000 x", "HTTP/1.1 1x1 x"}) {
    expect_error(std::string(line) + "\r\n\r\n", ErrorKind::protocol, 0, "HTTP/1.1");
  }
  expect_error("HTTP/1.1 101 x\r\nUpgrade: websocket\r\n folded\r\n\r\n", ErrorKind::protocol, 0, "folded");
}

static void http_1_0_cannot_upgrade_but_can_refuse(void**) {
  expect_error(
      "HTTP/1.0 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n",
      ErrorKind::protocol, 0, "HTTP/1.0");
  const Error error =
      expect_error("HTTP/1.0 503 x\r\nRetry-After: 3\r\n\r\n", ErrorKind::connection, 503, "503");
  EXPECT(error.retry_after() == std::chrono::seconds(3), "its wait");
}

static void a_101_that_breaks_the_handshake_is_refused(void**) {
  const std::string head = "HTTP/1.1 101 x\r\n";
  const std::string upgrade = "Upgrade: websocket\r\n", connection = "Connection: Upgrade\r\n",
                    accept = "Sec-WebSocket-Accept: ACCEPT\r\n", end = "\r\n";
  expect_error(head + connection + accept + end, ErrorKind::protocol, 0, "Upgrade: websocket");
  expect_error(head + "Upgrade: h2c\r\n" + connection + accept + end, ErrorKind::protocol, 0,
               "Upgrade: websocket");
  expect_error(head + "Upgrade: websocket, h2c\r\n" + connection + accept + end, ErrorKind::protocol, 0,
               "Upgrade");
  expect_error(head + upgrade + upgrade + connection + accept + end, ErrorKind::protocol, 0,
               "Upgrade: websocket");
  expect_error(head + upgrade + accept + end, ErrorKind::protocol, 0, "Connection");
  expect_error(head + upgrade + "Connection: close\r\n" + accept + end, ErrorKind::protocol, 0, "Connection");
  expect_error(head + upgrade + connection + end, ErrorKind::protocol, 0, "Accept");
  expect_error(head + upgrade + connection + accept + "Sec-WebSocket-Accept: x\r\n" + end,
               ErrorKind::protocol, 0, "Accept");
  expect_error(head + upgrade + connection + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" + end,
               ErrorKind::protocol, 0, "Accept");
  expect_error(head + upgrade + connection + accept + "Sec-WebSocket-Protocol: chat\r\n" + end,
               ErrorKind::protocol, 0, "subprotocol");
  expect_error(
      head + upgrade + connection + accept + "Sec-WebSocket-Extensions: permessage-deflate\r\n" + end,
      ErrorKind::protocol, 0, "extension");
}

static void a_head_of_64_kib_and_an_endless_one_are_too_large(void**) {
  expect_error("HTTP/1.1 101 x\r\nX: " + std::string(65536, 'x') + "\r\n\r\n", ErrorKind::too_large, 0,
               "limit");
  std::string many = "HTTP/1.1 101 x\r\n";
  for (int i = 0; i < 17; ++i) many += "X: y\r\n";
  expect_error(many + "\r\n", ErrorKind::too_large, 0, "too many");
}

static void a_new_attempt_uses_a_new_key(void**) {
  Client it;
  it.start();
  const std::string old_response = it.good();
  it.start();
  EXPECT(it.feed(old_response).error().kind() == ErrorKind::protocol,
         "the answer to the last attempt refused");
  it.start();
  EXPECT(*it.feed(it.good()), "the answer to this one taken");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(interim_responses_are_passed_over),
      cmocka_unit_test(endless_interim_responses_are_refused),
      cmocka_unit_test(the_request_is_that_of_rfc_6455_4_1),
      cmocka_unit_test(the_target_gets_its_slash_and_the_extra_query),
      cmocka_unit_test(a_request_with_a_hole_is_no_request),
      cmocka_unit_test(a_request_that_cannot_be_made_is_refused_by_name),
      cmocka_unit_test(a_valid_101_completes_in_any_split_and_the_frames_after_it_are_kept),
      cmocka_unit_test(a_truncated_101_waits_at_every_byte),
      cmocka_unit_test(header_names_and_tokens_are_compared_without_case),
      cmocka_unit_test(refusals_are_classified_by_status),
      cmocka_unit_test(a_redirect_names_where_it_leads_without_what_may_be_secret),
      cmocka_unit_test(retry_after_and_date_are_surfaced),
      cmocka_unit_test(a_retry_after_that_makes_no_sense_counts_as_none_or_is_clamped),
      cmocka_unit_test(another_protocol_is_told_at_the_first_byte_that_cannot_be_http),
      cmocka_unit_test(malformed_responses_are_protocol_errors),
      cmocka_unit_test(http_1_0_cannot_upgrade_but_can_refuse),
      cmocka_unit_test(a_101_that_breaks_the_handshake_is_refused),
      cmocka_unit_test(a_head_of_64_kib_and_an_endless_one_are_too_large),
      cmocka_unit_test(a_new_attempt_uses_a_new_key),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
