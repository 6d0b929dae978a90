#include "ws/url.hpp"

#include "support/cmocka.hpp"

#include <array>

using namespace kedge;
using namespace kedge::ws;

static void expect_url(std::string_view text, bool secure, std::string_view host, bool ipv6, unsigned port,
                       bool port_is_default, std::string_view target) {
  const Result<Url> url = parse_url(text);
  EXPECT(url.ok(), std::string(text).c_str());
  EXPECT(url->secure == secure && url->host_is_ipv6 == ipv6, "the scheme and the host's kind");
  EXPECT_TEXT(url->host, host);
  EXPECT(url->port == port && url->port_is_default == port_is_default, "the port");
  EXPECT_TEXT(url->target, target);
}

static void urls_are_taken_apart(void**) {
  expect_url("ws://example.com", false, "example.com", false, 80, true, "");
  expect_url("WSS://Example.com/", true, "Example.com", false, 443, true, "/");
  expect_url("wss://h:8443/a/b?c=d&e=%20", true, "h", false, 8443, false, "/a/b?c=d&e=%20");
  expect_url("ws://127.0.0.1:1?x", false, "127.0.0.1", false, 1, false, "?x");
  expect_url("ws://[::1]/p", false, "::1", true, 80, true, "/p");
  expect_url("wss://[fe80::1.2.3.4]:65535", true, "fe80::1.2.3.4", true, 65535, false, "");
  expect_url("wss://h:443/x", true, "h", false, 443, true, "/x");
  expect_url("ws://h:443", false, "h", false, 443, false, "");
  expect_url("ws://h/a@b:c//[d]", false, "h", false, 80, true, "/a@b:c//[d]");
  expect_url("ws://a_b-c.d.", false, "a_b-c.d.", false, 80, true, "");
}

static void a_colon_without_a_port_is_the_default_port(void**) {
  expect_url("wss://host:/", true, "host", false, 443, true, "/");
  expect_url("ws://host:", false, "host", false, 80, true, "");
  expect_url("ws://host:?q", false, "host", false, 80, true, "?q");
  expect_url("wss://[::1]:/x", true, "::1", true, 443, true, "/x");
}

static void expect_zone(std::string_view text, std::string_view zone, std::string_view name) {
  const Result<Url> url = parse_url(text);
  EXPECT(url.ok(), std::string(text).c_str());
  EXPECT_TEXT(url->zone, zone);
  EXPECT(url->host.find('%') == std::string_view::npos, "no zone in the host, which goes into Host and SNI");
  std::array<char, 255> storage{};
  BufferSink sink{std::span<char>(storage)};
  EXPECT(write_name_to_resolve(*url, sink), "room");
  EXPECT_TEXT(sink.text(), name);
}

static void a_zone_goes_to_the_resolver_and_not_into_the_host(void**) {
  expect_zone("ws://[fe80::1%25eth0]/", "eth0", "fe80::1%eth0");
  expect_zone("wss://[fe80::1%25eth0]:8443/x", "eth0", "fe80::1%eth0");
  expect_zone("ws://[fe80::1%252]:", "2", "fe80::1%2");
  expect_zone("ws://[fe80::1%25br-lan.100_x~]", "br-lan.100_x~", "fe80::1%br-lan.100_x~");
  expect_zone("ws://[fe80::1%25eth0%3A1]", "eth0%3A1", "fe80::1%eth0:1");
  expect_zone("ws://[fe80::1%25%65%74%68%30]", "%65%74%68%30", "fe80::1%eth0");
  expect_zone("ws://[::1]/", "", "::1");
  expect_zone("ws://h/", "", "h");
  const std::string longest = "ws://[fe80::1%25" + std::string(245, 'z') + "]/";
  expect_zone(longest, std::string(245, 'z'), "fe80::1%" + std::string(245, 'z'));
  const Result<Url> url = parse_url("ws://[fe80::1%25eth0]/");
  std::array<char, 11> small{};
  BufferSink sink{std::span<char>(small)};
  EXPECT(!write_name_to_resolve(*url, sink), "what does not fit is told");
}

static void expect_fault(std::string_view text, std::string_view what) {
  const Result<Url> url = parse_url(text);
  EXPECT(!url, std::string(text).c_str());
  EXPECT(url.error().kind() == ErrorKind::config, "an error of configuration");
  EXPECT(url.error().message().find(what) != std::string_view::npos, std::string(what).c_str());
}

static void faults_are_named(void**) {
  for (const char* text : {"", "example.com", "http://h", "https://h", "ws:/h", "ws:h", "://h", "wsx://h"}) {
    expect_fault(text, "scheme");
  }
  expect_fault("ws://user:password@h/", "user info");
  expect_fault("ws://user@h", "user info");
  for (const char* text : {"ws://", "ws:///path", "ws://:80", "ws://?x", "ws://[]", "wss://[]:1"}) {
    expect_fault(text, "empty host");
  }
  for (const char* text : {"ws://h:0", "ws://h:65536", "ws://h:123456", "ws://h:8x", "ws://h:-1",
                           "ws://h:80:80", "ws://h::", "ws://[::1]:0"}) {
    expect_fault(text, "port");
  }
  expect_fault("ws://[::1]8080", "bracket");
  expect_fault("ws://[::1", "bracket");
  for (const char* text :
       {"ws://[fe80::1%25]", "ws://[fe80::1%25%]", "ws://[fe80::1%25%4]", "ws://[fe80::1%25%4x]",
        "ws://[fe80::1%25a%00]", "ws://[fe80::1%25a%20b]", "ws://[fe80::1%25a%2Fb]", "ws://[fe80::1%25a:b]",
        "ws://[fe80::1%25a%25b]", "ws://[fe80::1%eth0]", "ws://[fe80::1%2]", "ws://[fe80::1%]",
        "ws://[%25eth0%C3]"}) {
    expect_fault(text, "zone");
  }
  expect_fault("ws://[%25eth0]", "character");
  expect_fault("ws://h%25eth0/", "character");
  expect_fault("ws://10.0.0.1%25eth0/", "character");
  expect_fault("ws://[fe80::1%25" + std::string(246, 'z') + "]/", "255");
  expect_fault("ws://[h]", "character");
  expect_fault("ws://[dead]", "character");
  expect_fault("ws://h%41/", "character");
  expect_fault("ws://h\\x/", "character");
  expect_fault("ws://" + std::string(256, 'h'), "255");
  expect_fault("ws://h/#top", "fragment");
  for (const char* text :
       {"ws://h/a b", " ws://h", "ws://h\r\nX: y", "ws://h/\x7F", "ws://h/\xC3\xA4", "ws://h/\t"}) {
    expect_fault(text, "control");
  }
}

static void a_proxys_url_is_taken_apart(void**) {
  struct {
    const char* text;
    const char* host;
    bool ipv6;
    unsigned port;
  } const cases[] = {{"http://proxy", "proxy", false, 80},
                     {"HTTP://proxy:3128/", "proxy", false, 3128},
                     {"http://10.0.0.1:8080", "10.0.0.1", false, 8080},
                     {"http://[fd00::1]:1", "fd00::1", true, 1},
                     {"http://proxy:", "proxy", false, 80}};
  for (const auto& test : cases) {
    const Result<Url> url = parse_proxy_url(test.text);
    EXPECT(url.ok(), test.text);
    EXPECT_TEXT(url->host, test.host);
    EXPECT(url->host_is_ipv6 == test.ipv6 && url->port == test.port, test.text);
  }
  const Result<Url> zone = parse_proxy_url("http://[fe80::1%25eth0]:3128");
  EXPECT(zone.ok() && zone->zone == "eth0", "on a line of our own it means something");
}

static void a_proxys_url_that_cannot_be_used_is_refused_in_words_without_it(void**) {
  struct {
    const char* text;
    const char* words;
  } const cases[] = {{"", "http://"},
                     {"proxy:3128", "http://"},
                     {"https://proxy", "TLS to a proxy is not supported"},
                     {"socks://proxy", "SOCKS"},
                     {"socks4a://proxy", "SOCKS"},
                     {"SOCKS5h://proxy", "SOCKS"},
                     {"ws://proxy", "scheme"},
                     {"http://user:hunter2@proxy", "user info"},
                     {"http://", "empty host"},
                     {"http:///", "empty host"},
                     {"http://proxy//", "path"},
                     {"http://proxy/hunter2", "path"},
                     {"http://proxy?hunter2", "query"},
                     {"http://proxy#hunter2", "fragment"},
                     {"http://proxy:65536", "port"},
                     {"http://pro%78y", "character"},
                     {"http://proxy\r\nX: hunter2", "control"}};
  for (const auto& test : cases) {
    const Result<Url> url = parse_proxy_url(test.text);
    EXPECT(!url && url.error().kind() == ErrorKind::config, test.text);
    EXPECT(url.error().message().find(test.words) != std::string_view::npos, test.words);
    EXPECT(url.error().message().find("hunter2") == std::string_view::npos, "no credential in the error");
  }
}

static void an_error_never_shows_the_url(void**) {
  for (const char* text : {"ws://u:hunter2@h/", "ws://h/?token=hunter2 ", "http://h/?token=hunter2",
                           "ws://h:0/?token=hunter2", "ws://h/?token=hunter2#x"}) {
    const Result<Url> url = parse_url(text);
    EXPECT(!url && url.error().message().find("hunter2") == std::string_view::npos,
           "no credential in the error");
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(urls_are_taken_apart),
      cmocka_unit_test(a_colon_without_a_port_is_the_default_port),
      cmocka_unit_test(a_zone_goes_to_the_resolver_and_not_into_the_host),
      cmocka_unit_test(faults_are_named),
      cmocka_unit_test(a_proxys_url_is_taken_apart),
      cmocka_unit_test(a_proxys_url_that_cannot_be_used_is_refused_in_words_without_it),
      cmocka_unit_test(an_error_never_shows_the_url),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
