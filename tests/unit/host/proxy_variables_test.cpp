#include <kedge/proxy_variables.hpp>

#include "support/cmocka.hpp"

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>

using namespace kedge;

namespace {

/// The variables, all others of their kind unset; gone in the end.
class Environment {
 public:
  Environment(std::initializer_list<std::pair<const char*, const char*>> variables) {
    clear();
    for (const auto& [name, text] : variables) setenv(name, text, 1);
  }
  ~Environment() { clear(); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  static void clear() {
    for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy",
                             "ALL_PROXY", "no_proxy", "NO_PROXY"}) {
      unsetenv(name);
    }
  }
};

std::string proxy_for(std::string_view url) {
  ProxyVariables proxy;
  EXPECT(proxy.read(url).ok(), "a proxy or none");
  return std::string(proxy.url());
}

/// What the proxy is shown; "none" when there is nobody to ask.
std::string credential_in(const char* text) {
  const Environment environment{{"https_proxy", text}};
  ProxyVariables proxy;
  EXPECT(proxy.read("wss://gate.example").ok(), text);
  ClientConfig config;
  proxy.apply(config);
  EXPECT(config.proxy == proxy.url(), "the client's proxy");
  if (!config.proxy_credentials) return "none";
  SecretOf<1024> secret;
  EXPECT(config.proxy_credentials(secret).ok(), "a credential");
  return std::string(secret.reveal());
}

void without_a_variable_there_is_no_proxy(void**) {
  const Environment environment{{"https_proxy", ""}, {"HTTP_PROXY", "http://upper:1"}};
  EXPECT_TEXT(proxy_for("wss://gate.example"), "");
  EXPECT_TEXT(proxy_for("ws://gate.example"), "");
  ProxyVariables proxy;
  ClientConfig config;
  proxy.apply(config);
  EXPECT(config.proxy.empty() && !config.proxy_credentials, "nothing for the client");
}

void the_variable_is_the_schemes_lower_case_first_and_all_proxy_last(void**) {
  const Environment all{{"all_proxy", "http://all:1"}, {"ALL_PROXY", "http://ALL:1"}};
  EXPECT_TEXT(proxy_for("ws://gate.example"), "http://all:1");
  EXPECT_TEXT(proxy_for("wss://gate.example"), "http://all:1");
  const Environment upper{{"ALL_PROXY", "http://ALL:1"}, {"HTTPS_PROXY", "http://HTTPS:1"}};
  EXPECT_TEXT(proxy_for("ws://gate.example"), "http://ALL:1");
  EXPECT_TEXT(proxy_for("wss://gate.example"), "http://HTTPS:1");
  const Environment lower{{"http_proxy", "http://http:1"},
                          {"https_proxy", "http://https:1"},
                          {"HTTPS_PROXY", "http://HTTPS:1"},
                          {"HTTP_PROXY", "http://HTTP:1"},
                          {"all_proxy", "http://all:1"}};
  EXPECT_TEXT(proxy_for("WS://gate.example"), "http://http:1");
  EXPECT_TEXT(proxy_for("wss://gate.example"), "http://https:1");
  const Environment empty{{"https_proxy", ""}, {"HTTPS_PROXY", "http://HTTPS:1"}};
  EXPECT_TEXT(proxy_for("wss://gate.example"), "http://HTTPS:1");
}

void a_proxy_may_be_without_its_scheme_and_with_a_slash(void**) {
  for (const auto& [text, url] : {std::pair{"proxy:3128", "http://proxy:3128"},
                                  {"proxy", "http://proxy"},
                                  {"http://proxy:3128/", "http://proxy:3128/"},
                                  {"[fd00::1]:3128", "http://[fd00::1]:3128"},
                                  {"user:pw@proxy:3128", "http://proxy:3128"}}) {
    const Environment environment{{"https_proxy", text}};
    EXPECT_TEXT(proxy_for("wss://gate.example"), url);
  }
}

void user_and_password_are_decoded_and_leave_the_url(void**) {
  EXPECT_TEXT(credential_in("http://proxy:3128"), "none");
  EXPECT_TEXT(credential_in("http://user:pass@proxy"), "user:pass");
  EXPECT_TEXT(credential_in("http://user@proxy"), "user:");
  EXPECT_TEXT(credential_in("http://us%65r:p%40ss%3Aw%2ford@proxy"), "user:p@ss:w/ord");
  EXPECT_TEXT(credential_in("http://user:a:b@proxy"), "user:a:b");
  EXPECT_TEXT(credential_in("http://user:p@ss@proxy"), "user:p@ss");
  EXPECT_TEXT(credential_in("http://user:%C3%A4@proxy"), "user:\xC3\xA4");
  EXPECT_TEXT(credential_in(("http://u:" + std::string(1022, 'p') + "@proxy").c_str()),
              "u:" + std::string(1022, 'p'));
}

void what_cannot_be_used_is_named_by_its_variable_and_never_shown(void**) {
  const std::string longest =
      "http://u:hunter2" + std::string(ProxyVariables::credential_bytes_max - 8, 'p') + "@proxy";
  for (const char* text :
       {"socks5://user:hunter2@proxy", "https://user:hunter2@proxy", "ftp://hunter2@proxy",
        "http://user:hunter2%zz@proxy", "http://user:hunter2%0@proxy", "http://user:hunter2%00@proxy",
        "http://user:hunter2%0d%0a@proxy", "http://us%3Aer:hunter2@proxy", "http://user:hunter2@",
        "http://user:hunter2@proxy/path", "http://user:hunter2@proxy:0", "http://user:hunter2@pro xy",
        "http://user:hunter2@proxy?x", "user:hunter2", longest.c_str()}) {
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
      const Environment environment{{name, text}};
      ProxyVariables proxy;
      const auto read = proxy.read("wss://gate.example");
      EXPECT(!read && read.error().kind() == ErrorKind::config, text);
      EXPECT(read.error().message().starts_with(std::string(name) + ": "), "by its name");
      EXPECT(read.error().message().find("hunter2") == std::string_view::npos, "without the secret");
      EXPECT(proxy.url().empty(), "and there is none");
    }
  }
}

void a_variable_that_is_not_asked_for_may_be_wrong(void**) {
  const Environment environment{
      {"http_proxy", "socks5://proxy"}, {"no_proxy", "gate.example"}, {"https_proxy", "socks5://proxy"}};
  EXPECT_TEXT(proxy_for("wss://gate.example"), "");
  EXPECT_TEXT(proxy_for("ws://gate.example"), "");
}

void no_proxy_excepts_and_its_lower_case_counts(void**) {
  const Environment environment{{"all_proxy", "proxy"}, {"no_proxy", "a.example"}, {"NO_PROXY", "b.example"}};
  EXPECT_TEXT(proxy_for("wss://a.example"), "");
  EXPECT_TEXT(proxy_for("wss://b.example"), "http://proxy");
}

void an_address_with_a_zone_and_what_is_no_url_have_no_proxy(void**) {
  const Environment environment{{"all_proxy", "proxy"}};
  EXPECT_TEXT(proxy_for("wss://[fe80::1%25eth0]/"), "");
  EXPECT_TEXT(proxy_for("wss://[fe80::1]/"), "http://proxy");
  EXPECT_TEXT(proxy_for("gate.example"), "");
  EXPECT_TEXT(proxy_for("wss://localhost"), "http://proxy");
}

void exceptions_are_names_addresses_networks_and_ports(void**) {
  struct {
    const char* list;
    const char* host;
    std::uint16_t port;
    bool excepted;
  } const cases[] = {
      {"", "gate.example", 443, false},
      {"*", "gate.example", 443, true},
      {"other,*", "::1", 443, true},
      {"*.example", "gate.example", 443, false},
      {"gate.example", "gate.example", 443, true},
      {"GATE.example", "gate.EXAMPLE", 443, true},
      {"example", "gate.example", 443, true},
      {".example", "gate.example", 443, true},
      {".example", "example", 443, true},
      {"example.", "gate.example", 443, true},
      {"example", "gate.example.", 443, true},
      {"ample", "gate.example", 443, false},
      {"gate.example.org", "gate.example", 443, false},
      {".", "gate.example", 443, false},
      {"a,b , gate.example\tc", "gate.example", 443, true},
      {"a b,,gate.example,", "gate.example", 443, true},
      {"gate.example:443", "gate.example", 443, true},
      {"gate.example:443", "gate.example", 8443, false},
      {"example:8443", "gate.example", 8443, true},
      {"gate.example:", "gate.example", 443, false},
      {"gate.example:x", "gate.example", 443, false},
      {"10.0.0.1", "10.0.0.1", 443, true},
      {"10.0.0.1", "10.0.0.10", 443, false},
      {"0.0.1", "10.0.0.1", 443, false},
      {"10.0.0.1:80", "10.0.0.1", 443, false},
      {"10.0.0.0/8", "10.255.1.2", 443, true},
      {"10.0.0.0/9", "10.255.1.2", 443, false},
      {"10.0.0.0/33", "10.0.0.0", 443, false},
      {"10.0.0.0/", "10.0.0.0", 443, false},
      {"0.0.0.0/0", "10.0.0.1", 443, true},
      {"10.0.0.0/8", "a.10.0.0.1", 443, false},
      {"::1", "::1", 443, true},
      {"[::1]", "::1", 443, true},
      {"[::1]:443", "::1", 443, true},
      {"[::1]:443", "::1", 8443, false},
      {"0:0:0:0:0:0:0:1", "::1", 443, true},
      {"fd00::/8", "fd12::1", 443, true},
      {"fd00::/8", "fe80::1", 443, false},
      {"::/0", "10.0.0.1", 443, false},
      {"localhost", "127.0.0.1", 443, false},
  };
  for (const auto& test : cases) {
    const std::string what = std::string(test.list) + " and " + test.host;
    EXPECT(is_excepted(test.host, test.port, test.list) == test.excepted, what.c_str());
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(without_a_variable_there_is_no_proxy),
      cmocka_unit_test(the_variable_is_the_schemes_lower_case_first_and_all_proxy_last),
      cmocka_unit_test(a_proxy_may_be_without_its_scheme_and_with_a_slash),
      cmocka_unit_test(user_and_password_are_decoded_and_leave_the_url),
      cmocka_unit_test(what_cannot_be_used_is_named_by_its_variable_and_never_shown),
      cmocka_unit_test(a_variable_that_is_not_asked_for_may_be_wrong),
      cmocka_unit_test(no_proxy_excepts_and_its_lower_case_counts),
      cmocka_unit_test(an_address_with_a_zone_and_what_is_no_url_have_no_proxy),
      cmocka_unit_test(exceptions_are_names_addresses_networks_and_ports),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
