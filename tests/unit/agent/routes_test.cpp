// Which path answers what, and to whom; the daemon behind it sends nothing.

#include "agent/routes.hpp"

#include <kedge/port_none.hpp>

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::agent;
using namespace kedge::test;

namespace {

struct World {
  none::Port port;
  Configuration configuration;
  program::Credentials credentials{configuration, credential_names(), port};
  Connector connector{port, configuration, credentials, [](LinkState) {}, [](const LogRecord&) {}};
  SendRoute send{port, connector, false, [](program::HttpTicket, HttpAnswer) noexcept {}};
  Routes local{send, true, [] { return Snapshot{}; }};
  Routes open{send, false, [] { return Snapshot{}; }};

  static HttpRequest request(std::string_view method, std::string_view path,
                             std::string_view host = "localhost", std::string_view origin = {}) {
    HttpRequest request{method, path};
    request.host = host;
    request.origin = origin;
    return request;
  }
  HttpAnswer ask(std::string_view method, std::string_view path) {
    const auto answer = local.on_request(request(method, path), 1);
    EXPECT(answer.has_value(), "an answer at once");
    return *answer;
  }
};

void each_path_has_its_methods(void**) {
  World w;
  EXPECT(w.ask("GET", "/health").status == 200 && w.ask("HEAD", "/health").status == 200, "health");
  EXPECT(w.ask("GET", "/ready").status == 200 && w.ask("HEAD", "/ready").status == 200, "ready");
  EXPECT_TEXT(w.ask("POST", "/ready").allow, "GET, HEAD");
  EXPECT(w.ask("GET", "/metrics").status == 200 && w.ask("HEAD", "/metrics").status == 200, "metrics");
  EXPECT_TEXT(w.ask("POST", "/health").allow, "GET, HEAD");
  EXPECT_TEXT(w.ask("DELETE", "/metrics").allow, "GET, HEAD");
  EXPECT_TEXT(w.ask("GET", "/ilp/send").allow, "POST");
  EXPECT(w.ask("PUT", "/ilp/send").status == 405, "405");
  for (const char* path : {"/", "", "/ilp", "/ilp/send/", "/Health", "/health/x"}) {
    EXPECT(w.ask("GET", path).status == 404, path);
  }
}

void sending_that_is_off_says_so(void**) {
  World w;
  EXPECT(w.ask("POST", "/ilp/send").status == 503, "503");
  EXPECT_TEXT(w.ask("POST", "/ilp/send").body,
              R"({"error":"Service unavailable","message":"sending is off: CONNECTOR_BTP_URL is not set"})");
}

void who_asks_for_another_site_is_refused_on_loopback(void**) {
  World w;
  const auto status = [&w](std::string_view host, std::string_view origin) {
    return w.local.on_request(World::request("GET", "/health", host, origin), 1)->status;
  };
  EXPECT(status("127.0.0.1:8080", "") == 200 && status("localhost", "http://localhost:3000") == 200, "ours");
  EXPECT(status("evil.example", "") == 403 && status("localhost.evil.example", "") == 403, "another host");
  EXPECT(status("", "") == 200, "a health check of HTTP/1.0, which has none, to be ours");
  EXPECT(status("", "http://evil.example") == 403, "another origin, whatever else is left out");
  EXPECT(status("localhost", "http://evil.example") == 403 && status("localhost", "null") == 403,
         "another origin");
}

void a_target_with_an_authority_is_judged_like_a_host(void**) {
  World w;
  const auto status = [](Routes& routes, std::string_view authority, std::string_view origin) {
    HttpRequest request = World::request("GET", "/health", "localhost", origin);
    request.authority = authority;
    return routes.on_request(request, 1)->status;
  };
  EXPECT(status(w.local, "127.0.0.1:8080", "") == 200 && status(w.local, "[::1]", "") == 200, "ours");
  EXPECT(status(w.local, "evil.example", "") == 403, "another");
  EXPECT(status(w.open, "pi.example", "http://pi.example") == 200, "ours");
  EXPECT(status(w.open, "pi.example", "http://localhost") == 403, "the origin of another, whatever the Host");
}

void an_open_api_takes_any_host_but_no_other_site(void**) {
  World w;
  const auto status = [&w](std::string_view host, std::string_view origin) {
    return w.open.on_request(World::request("GET", "/health", host, origin), 1)->status;
  };
  EXPECT(status("pi.example:8080", "") == 200 && status("Pi.example", "https://pi.example") == 200, "ours");
  EXPECT(status("pi.example", "http://evil.example") == 403 && status("pi.example", "null") == 403,
         "another origin");
}

void refusals_of_the_server_look_like_ours(void**) {
  World w;
  EXPECT_TEXT(w.local.refusal(413, "the body is too large").body,
              R"({"error":"Payload too large","message":"the body is too large"})");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_path_has_its_methods),
      cmocka_unit_test(sending_that_is_off_says_so),
      cmocka_unit_test(who_asks_for_another_site_is_refused_on_loopback),
      cmocka_unit_test(a_target_with_an_authority_is_judged_like_a_host),
      cmocka_unit_test(an_open_api_takes_any_host_but_no_other_site),
      cmocka_unit_test(refusals_of_the_server_look_like_ours),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
