// Requests that two readers could read differently, over real loopback sockets: each row goes to a server
// whole, in one write, with a second request behind it.

#include "program/http/framing_check.hpp"
#include "program/http/server.hpp"

#include "support/http_client.hpp"

#include <string>
#include <vector>

using namespace kedge;
using namespace kedge::program;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

/// Answers every request with what it took for method, authority, path, parameter `a` and body.
struct Api final : HttpHandler {
  uv::Loop loop;
  HttpServer server{loop, *this, HttpLimits{4, 16 * 1024, 1000, 50'000, 2s}};
  std::uint16_t port = 0;
  std::vector<std::string> asked;

  Api() {
    const auto bound = server.listen(Address{Address::Family::ipv4, 0, 0, {127, 0, 0, 1}});
    EXPECT(bound.ok(), "a free loopback port");
    port = *bound;
  }
  std::optional<HttpAnswer> on_request(const HttpRequest& request, HttpTicket) override {
    asked.push_back(std::string(request.method) + " " + std::string(request.authority) + " " +
                    std::string(request.path) + " " + std::string(request.parameter("a").value_or("-")) +
                    " " + std::string(request.body));
    return HttpAnswer{200, asked.back()};
  }
  HttpAnswer refusal(int, std::string_view message) override { return {400, std::string(message)}; }

  /// All that the server says to these bytes until it hangs up.
  std::string tell(const std::string& bytes) {
    HttpClient client(loop, port);
    client.say_in_vain(bytes);
    return client.hear_all();
  }
};

const std::string host = "Host: localhost\r\n";
const std::string second = "GET /second HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n";

struct Row {
  std::string request;
  std::string_view words;  ///< of ours; empty where libmicrohttpd finds its own
};

std::string get(const std::string& headers, const std::string& target = "/first",
                const std::string& version = "HTTP/1.1") {
  return "GET " + target + " " + version + "\r\n" + headers + "\r\n";
}
std::string post(const std::string& headers, const std::string& body,
                 const std::string& version = "HTTP/1.1") {
  return "POST /first " + version + "\r\n" + host + headers + "\r\n" + body;
}

void expect_refused(Api& api, const Row& row) {
  const std::string said = api.tell(row.request + second);
  EXPECT(http_status(said) == 400, row.request.c_str());
  EXPECT(!contains(said, "HTTP/1.1 200"), ("no other answer: " + row.request).c_str());
  // Later versions of libmicrohttpd answer more of them themselves, in HTML.
  if (!row.words.empty() && !contains(said, "<html>")) EXPECT_TEXT(http_body(said), row.words);
  EXPECT(api.asked.empty(), ("nobody to be asked: " + row.request).c_str());
}

void what_would_be_there_twice_is_refused_and_the_connection_ends(void**) {
  Api api;
  const std::vector<Row> rows{
      {post("Content-Length: 4\r\nContent-Length: 60\r\n", "body"), "more than one Content-Length header"},
      {post("Content-Length: 4\r\ncontent-length: 4\r\n", "body"), "more than one Content-Length header"},
      {post("Content-Length: 4, 4\r\n", "body"), ""},
      {get(host + "Host: localhost\r\n"), "more than one Host header"},
      {get(host + "hOST: evil.example\r\n"), "more than one Host header"},
      {get(host + "Origin: http://localhost\r\nOrigin: http://evil.example\r\n"),
       "more than one Origin header"},
      {post("Content-Type: text/plain\r\nContent-Type: application/json\r\nContent-Length: 0\r\n", ""),
       "more than one Content-Type header"},
      {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
       "more than one Transfer-Encoding header"},
  };
  for (const Row& row : rows) expect_refused(api, row);
}

void a_body_whose_length_is_told_in_two_ways_is_refused(void**) {
  Api api;
  const std::string chunks = "4\r\nbody\r\n0\r\n\r\n";
  const std::vector<Row> rows{
      {post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", chunks),
       "Transfer-Encoding beside Content-Length"},
      {post("Transfer-Encoding: chunked\r\nContent-Length: 14\r\n", chunks),
       "Transfer-Encoding beside Content-Length"},
      {post("Transfer-Encoding: identity\r\n", ""), "a Transfer-Encoding other than chunked"},
      {post("Transfer-Encoding: identity\r\nContent-Length: 4\r\n", "body"),
       "a Transfer-Encoding other than chunked"},
      {post("Transfer-Encoding: gzip, chunked\r\n", chunks), "a Transfer-Encoding other than chunked"},
      {post("Transfer-Encoding: xchunked\r\n", chunks), "a Transfer-Encoding other than chunked"},
      {post("Transfer-Encoding: chunked, chunked\r\n", chunks), "a Transfer-Encoding other than chunked"},
      {post("Transfer-Encoding: \r\n", chunks), "a Transfer-Encoding other than chunked"},
      {post("Transfer-Encoding: \x0b"
            "chunked\r\n",
            chunks),
       ""},
      {post("Transfer-Encoding: chunked\r\n", chunks, "HTTP/1.0"), "Transfer-Encoding in HTTP/1.0"},
      {post("Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n0\r\nContent-Length: 4\r\n\r\n"),
       "a Content-Length header after the body"},
      {post("Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n0\r\nHost: evil.example\r\n\r\n"),
       "a Host header after the body"},
      {post("Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n0\r\nX Y: z\r\n\r\n"),
       "a header whose name is no token"},
  };
  for (const Row& row : rows) expect_refused(api, row);
}

void headers_that_are_none_are_refused(void**) {
  Api api;
  const std::vector<Row> rows{
      {get(host + "X Y: z\r\n"), "a header whose name is no token"},
      {get(host + "Content-Length : 4\r\n"), "a header whose name is no token"},
      {get(host + "X(Y): z\r\n"), "a header whose name is no token"},
      {get(host + "X\xC3\xA9: z\r\n"), "a header whose name is no token"},
      {get(host + "X\x01: z\r\n"), "a header whose name is no token"},
      {get(" X: y\r\n" + host), "a header whose name is no token"},
      {get(host + "X: y\x01z\r\n"), "a control character in a header"},
      {get(host + "X: y\x7Fz\r\n"), "a control character in a header"},
      {get(host + "X: y\rContent-Length: 4\r\n"), "a control character in a header"},
      {get(host + "X: y\r\n folded\r\n"), "a header line that is folded"},
      {get(host + "X: y\r\n\tContent-Length: 4\r\n"), "a header line that is folded"},
      {post("Content-Le: 4\r\n ngth\r\n", "body"), "a header line that is folded"},
      {get("Host: local\r\n host\r\n"), "a header line that is folded"},
  };
  for (const Row& row : rows) expect_refused(api, row);
}

void targets_that_can_be_read_in_two_ways_are_refused(void**) {
  Api api;
  const std::vector<Row> rows{
      {get(host, "/first%00.html"), "%00 in the target"},
      {get(host, "/first?a=b%00c"), "%00 in the target"},
      {get(host, "/first%zz"), "a % in the target that begins no escape"},
      {get(host, "/first?a=%4"), "a % in the target that begins no escape"},
      {get(host, "/x%2Ffirst"), "an escaped slash in the path"},
      {get(host, "http://localhost/x%2ffirst"), "an escaped slash in the path"},
      {get(host, "/first\x01"), "a blank or control character in the target"},
      {get(host, "/first\x7F"), "a blank or control character in the target"},
      {get(host, "/first#/second"), "a fragment in the target"},
      {get(host, "first"), "a target that is neither a path nor an http:// URL"},
      {get(host, "*"), "a target that is neither a path nor an http:// URL"},
      {get(host, "https://localhost/first"), "a target that is neither a path nor an http:// URL"},
      {get(host, "http:///first"), "a target whose authority is none"},
      {get(host, "http://user@localhost/first"), "a target whose authority is none"},
      {get(host, "http://local%68ost/first"), "a target whose authority is none"},
      {"CONNECT localhost:80 HTTP/1.1\r\n" + host + "\r\n",
       "a target that is neither a path nor an http:// URL"},
      {"G(T /first HTTP/1.1\r\n" + host + "\r\n", "a method that is no token"},
  };
  for (const Row& row : rows) expect_refused(api, row);
}

void what_can_be_read_in_one_way_is_served(void**) {
  const std::vector<std::pair<std::string, std::string_view>> rows{
      {get(host + "X: y\tz\r\nX: \xC3\xA9\r\nX:\r\nCookie: a=b\r\nCookie: c\r\n"), "GET  /first - "},
      {get("", "/first", "HTTP/1.0"), "GET  /first - "},
      {get(host, "http://localhost/first?a=b"), "GET localhost /first b "},
      {get(host, "HTTP://[::1]:80?a=b"), "GET [::1]:80 / b "},
      {get(host, "/first?a=%2F%c3%a9"), "GET  /first /\xC3\xA9 "},
      {get(host, "/first%3fa=b"), "GET  /first?a=b - "},
      {"OPTIONS * HTTP/1.1\r\n" + host + "\r\n", "OPTIONS  * - "},
      {post("Content-Length: 4\r\n", "body"), "POST  /first - body"},
      {post("transfer-encoding: Chunked\r\n", "4\r\nbody\r\n0\r\nX: y\r\n\r\n"), "POST  /first - body"},
  };
  for (const auto& [request, taken] : rows) {
    Api api;
    (void)api.tell(request + second);
    EXPECT(!api.asked.empty(), request.c_str());
    EXPECT_TEXT(api.asked[0], taken);
  }
}

void who_is_refused_over_a_long_body_hears_of_it(void**) {
  Api api;
  const std::string said =
      api.tell(post("Content-Length: 40000\r\nContent-Length: 1\r\n", std::string(40'000, 'x')) + second);
  EXPECT_TEXT(http_body(said), "more than one Content-Length header");
  EXPECT(contains(said, "Connection: close") && api.asked.empty(), "the connection's end");
  EXPECT(api.server.counters().answers_of(400) == 1, "one answer, counted");
}

void an_answer_says_when_an_idle_connection_ends(void**) {
  Api api;
  const auto said = [&api](const std::string& request) {
    HttpClient client(api.loop, api.port);
    client.say(request);
    while (!contains(client.heard(), "/first")) api.loop.run_once(), (void)client.ended();
    return client.heard();
  };
  EXPECT(contains(said(get(host)), "\r\nKeep-Alive: timeout=2\r\n"), "as long as its patience");
  EXPECT(contains(said(get("Connection: keep-alive\r\n", "/first", "HTTP/1.0")),
                  "\r\nKeep-Alive: timeout=2\r\n"),
         "as who asks for it is told");
  for (const std::string& request : {get(host + "Connection: x, Close\r\n"), get("", "/first", "HTTP/1.0")}) {
    EXPECT(!contains(said(request), "Keep-Alive:"), "no promise for a connection that ends");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_would_be_there_twice_is_refused_and_the_connection_ends),
      cmocka_unit_test(a_body_whose_length_is_told_in_two_ways_is_refused),
      cmocka_unit_test(headers_that_are_none_are_refused),
      cmocka_unit_test(targets_that_can_be_read_in_two_ways_are_refused),
      cmocka_unit_test(what_can_be_read_in_one_way_is_served),
      cmocka_unit_test(who_is_refused_over_a_long_body_hears_of_it),
      cmocka_unit_test(an_answer_says_when_an_idle_connection_ends),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
