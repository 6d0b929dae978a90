#include "ws/upgrade.hpp"

#include "entropy_port.hpp"
#include "feed_head.hpp"
#include "support/cmocka.hpp"

#include <array>

using namespace kedge;
using namespace kedge::ws;

static const std::string key_line = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
static const std::string host_line = "Host: example.com:8080\r\n";
static const std::string upgrade_lines = "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n";
static const std::string version_line = "Sec-WebSocket-Version: 13\r\n";

static std::string request(std::string_view line, std::string_view more = {}) {
  return std::string(line) + "\r\n" + host_line + upgrade_lines + key_line + version_line +
         std::string(more) + "\r\n";
}

struct Server {
  Server() : server(memory, 16) { server.start(); }
  Result<bool> feed(std::string_view text, std::size_t step = 0) {
    used = 0;
    return test::feed_head(server, text, step, used);
  }
  std::array<std::byte, 1024> memory{};
  UpgradeServer server;
  std::size_t used = 0;
};

static void a_valid_request_completes_in_any_split_and_the_frames_after_it_are_kept(void**) {
  const std::string text = request("GET /chat/x?a=b&c HTTP/1.1", "Authorization: Bearer t\r\n");
  for (const std::size_t step : {0U, 1U, 2U, 5U}) {
    Server it;
    const Result<bool> done = it.feed(text + "\x81\x85....", step);
    EXPECT(done && *done && it.used == text.size(), "completion at the head's end");
    EXPECT_TEXT(it.server.request().path, "/chat/x");
    EXPECT_TEXT(it.server.request().query, "a=b&c");
    EXPECT_TEXT(it.server.request().key, "dGhlIHNhbXBsZSBub25jZQ==");
    EXPECT_TEXT(it.server.header("authorization"), "Bearer t");
  }
}

static void the_101_is_that_of_rfc_6455_1_3(void**) {
  Server it;
  EXPECT(*it.feed(request("GET / HTTP/1.1")), "completion");
  std::array<char, 256> room{};
  BufferSink sink{std::span<char>(room)};
  EXPECT(it.server.accept(sink).ok(), "a response");
  EXPECT_TEXT(sink.text(),
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  for (std::size_t size = 0; size < sink.size(); ++size) {
    BufferSink small(std::span<char>(room).first(size));
    EXPECT(it.server.accept(small).error().kind() == ErrorKind::too_large, "a sink too small to be noticed");
  }
}

static void a_target_may_be_a_whole_url_and_a_host_an_ipv6_address(void**) {
  Server it;
  EXPECT(*it.feed(request("GET http://example.com:80/p?q HTTP/1.1")), "completion");
  EXPECT_TEXT(it.server.request().path, "/p");
  EXPECT_TEXT(it.server.request().query, "q");
  it.server.start();
  EXPECT(*it.feed(request("GET HTTPS://example.com HTTP/1.1")), "completion");
  EXPECT_TEXT(it.server.request().path, "/");
  it.server.start();
  EXPECT(*it.feed(request("GET https://[::1]?q=/x HTTP/1.1")), "completion");
  EXPECT_TEXT(it.server.request().path, "/");
  EXPECT_TEXT(it.server.request().query, "q=/x");
  it.server.start();
  EXPECT(*it.feed("GET / HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 0\r\n" + upgrade_lines + key_line +
                  version_line + "\r\n"),
         "completion");
}

static void expect_status(const std::string& text, int status, std::string_view why) {
  for (const std::size_t step : {0U, 1U}) {
    Server it;
    const Result<bool> result = it.feed(text, step);
    EXPECT(!result, text.c_str());
    EXPECT(result.error().layer() == Layer::http && result.error().layer_code() == status, text.c_str());
    EXPECT(result.error().kind() == (status == 431 ? ErrorKind::too_large : ErrorKind::protocol), "its kind");
    EXPECT(result.error().message().find(why) != std::string_view::npos, std::string(why).c_str());
  }
}

static void requests_that_are_not_http_are_400(void**) {
  for (const char* line : {"GET", "GET /", "GET HTTP/1.1", "GET  / HTTP/1.1", "GET / x HTTP/1.1",
                           " / HTTP/1.1", "G(T / HTTP/1.1", "GET /\xC3\xA4 HTTP/1.1", "GET / HTTP/1.1 "}) {
    expect_status(request(line), 400, "request line");
  }
  for (const char* line : {"GET / HTTX/1.1", "GET / HTTP/1.11", "GET / HTTP/x.1", "GET / HTTP/1,1",
                           "GET / HTTP/1.x", "GET / http/1.1"}) {
    expect_status(request(line), 400, "HTTP version");
  }
  for (const char* target : {"chat", "*", "/a#b", "http:///x", "http://u@h/", "?x", "ftp://h/"}) {
    expect_status(request("GET " + std::string(target) + " HTTP/1.1"), 400, "target");
  }
  expect_status("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400, "folded");
  expect_status(std::string("\x16\x03\x01\x02\x00", 5), 400, "control character");
}

static void other_versions_of_http_are_505_and_other_methods_405(void**) {
  for (const char* version : {"HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.2"}) {
    expect_status(request("GET / " + std::string(version)), 505, "HTTP/1.1");
  }
  for (const char* method : {"POST", "HEAD", "get", "OPTIONS", "CONNECT"}) {
    expect_status(request(std::string(method) + " / HTTP/1.1"), 405, "method");
  }
}

static void exactly_one_valid_host_is_needed(void**) {
  const std::string rest = upgrade_lines + key_line + version_line + "\r\n";
  for (const char* host : {"", "Host: a\r\nHost: a\r\n", "Host:\r\n", "Host: u@h\r\n", "Host: a b\r\n",
                           "Host: h:x\r\n", "Host: [::1\r\n", "Host: a/b\r\n"}) {
    expect_status("GET / HTTP/1.1\r\n" + std::string(host) + rest, 400, "Host");
  }
}

static void a_request_with_a_body_is_400(void**) {
  expect_status(request("GET / HTTP/1.1", "Transfer-Encoding: chunked\r\n"), 400, "body");
  expect_status(request("GET / HTTP/1.1", "Content-Length: 5\r\n"), 400, "body");
  expect_status(request("GET / HTTP/1.1", "Content-Length: 0\r\nContent-Length: 5\r\n"), 400, "body");
}

static void what_asks_for_no_websocket_is_426_and_half_a_handshake_400(void**) {
  const std::string start = "GET / HTTP/1.1\r\n" + host_line;
  expect_status(start + "\r\n", 426, "no WebSocket");
  expect_status(start + "Upgrade: h2c\r\nConnection: Upgrade\r\n" + key_line + version_line + "\r\n", 426,
                "no WebSocket");
  expect_status(start + "Upgrade: websocket\r\n" + key_line + version_line + "\r\n", 400, "Connection");
  expect_status(start + "Upgrade: websocket\r\nConnection: close\r\n" + key_line + version_line + "\r\n", 400,
                "Connection");
  expect_status(start + upgrade_lines + key_line + "\r\n", 400, "Version");
  expect_status(start + upgrade_lines + key_line + version_line + version_line + "\r\n", 400, "Version");
  for (const char* version : {"8", "0", "14", "013", "13, 8"}) {
    expect_status(start + upgrade_lines + key_line + "Sec-WebSocket-Version: " + version + "\r\n\r\n", 426,
                  "13");
  }
  expect_status(start + upgrade_lines + version_line + "\r\n", 400, "Key");
  expect_status(start + upgrade_lines + version_line + key_line + key_line + "\r\n", 400, "Key");
  expect_status(start + upgrade_lines + version_line + "Sec-WebSocket-Key: c2hvcnQ=\r\n\r\n", 400, "Key");
  expect_status(start + upgrade_lines + version_line + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==\r\n\r\n",
                400, "Key");
}

static void a_head_over_the_limit_is_431(void**) {
  expect_status("GET /" + std::string(65536, 'x') + " HTTP/1.1\r\n", 431, "limit");
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 17; ++i) many += "X: y\r\n";
  expect_status(many, 431, "too many");
}

static void a_truncated_request_waits_at_every_byte(void**) {
  const std::string text = request("GET / HTTP/1.1");
  for (std::size_t size = 0; size < text.size(); ++size) {
    Server it;
    const Result<bool> done = it.feed(std::string_view(text).substr(0, size));
    EXPECT(done && !*done, "neither done nor failed");
  }
}

static void start_forgets_the_last_request(void**) {
  Server it;
  EXPECT(!it.feed("bad\n"), "a refusal");
  it.server.start();
  EXPECT(it.server.request().path.empty() && it.server.header("host").empty(), "nothing of the last");
  EXPECT(*it.feed(request("GET / HTTP/1.1")), "completion");
}

static std::string refusal(int status, std::int64_t retry_after = 0) {
  std::array<char, 512> room{};
  BufferSink sink{std::span<char>(room)};
  EXPECT(UpgradeServer::refuse(status, std::chrono::seconds(retry_after), sink).ok(), "a refusal");
  for (std::size_t size = 0; size < sink.size(); ++size) {
    std::array<char, 512> other{};
    BufferSink small(std::span<char>(other).first(size));
    EXPECT(UpgradeServer::refuse(status, std::chrono::seconds(retry_after), small).error().kind() ==
               ErrorKind::too_large,
           "a sink too small to be noticed");
  }
  return std::string(sink.text());
}

static void refusals_are_whole_responses(void**) {
  EXPECT_TEXT(
      refusal(404),
      "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\n"
      "404 Not Found\n");
  EXPECT_TEXT(refusal(503, 70),
              "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 70\r\nConnection: close\r\n"
              "Content-Type: text/plain\r\nContent-Length: 24\r\n\r\n503 Service Unavailable\n");
  EXPECT(refusal(503, -1).find("Retry-After") == std::string::npos, "no negative wait");
  EXPECT(refusal(405).find("\r\nAllow: GET\r\n") != std::string::npos, "what is allowed");
  EXPECT(refusal(426).find("\r\nSec-WebSocket-Version: 13\r\n") != std::string::npos, "the version to use");
  EXPECT(refusal(426).find("\r\nUpgrade: websocket\r\n") != std::string::npos, "what to upgrade to");
  for (const int status : {400, 401, 403, 408, 429, 431, 500, 505}) {
    const std::string start = "HTTP/1.1 " + std::to_string(status) + " ";
    EXPECT_TEXT(refusal(status).substr(0, start.size()), start);
  }
  EXPECT_TEXT(refusal(299).substr(0, 13), "HTTP/1.1 500 ");
}

static void client_and_server_agree(void**) {
  test::EntropyPort port;
  std::array<std::byte, 1024> memory{};
  std::array<char, 512> wire{};
  std::array<char, 128> extras_memory{};
  UpgradeClient client(memory, 16);
  UpgradeExtras extras(extras_memory);
  EXPECT(extras.add_header("Authorization", "Bearer t").ok() && extras.add_query("id", "a b").ok(), "room");
  BufferSink out{std::span<char>(wire)};
  EXPECT(client.start(port, "[::1]:8080", "/x?y=1", extras, out).ok(), "a request");
  Server it;
  EXPECT(*it.feed(out.text()), "the server to take it");
  EXPECT_TEXT(it.server.request().query, "y=1&id=a%20b");
  EXPECT_TEXT(it.server.header("Authorization"), "Bearer t");
  std::array<char, 512> answer{};
  BufferSink back{std::span<char>(answer)};
  EXPECT(it.server.accept(back).ok(), "a response");
  std::size_t taken = 0;
  const Result<bool> done = client.feed(back.bytes(), &taken);
  EXPECT(done && *done && taken == back.size(), "the client to take it");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_valid_request_completes_in_any_split_and_the_frames_after_it_are_kept),
      cmocka_unit_test(the_101_is_that_of_rfc_6455_1_3),
      cmocka_unit_test(a_target_may_be_a_whole_url_and_a_host_an_ipv6_address),
      cmocka_unit_test(requests_that_are_not_http_are_400),
      cmocka_unit_test(other_versions_of_http_are_505_and_other_methods_405),
      cmocka_unit_test(exactly_one_valid_host_is_needed),
      cmocka_unit_test(a_request_with_a_body_is_400),
      cmocka_unit_test(what_asks_for_no_websocket_is_426_and_half_a_handshake_400),
      cmocka_unit_test(a_head_over_the_limit_is_431),
      cmocka_unit_test(a_truncated_request_waits_at_every_byte),
      cmocka_unit_test(start_forgets_the_last_request),
      cmocka_unit_test(refusals_are_whole_responses),
      cmocka_unit_test(client_and_server_agree),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
