#include "ws/upgrade.hpp"

#include "support/cmocka.hpp"

#include <array>

using namespace kedge;
using namespace kedge::ws;

static void headers_and_query_keep_their_order(void**) {
  std::array<char, 128> memory{};
  UpgradeExtras extras(memory);
  EXPECT_TEXT(extras.headers(), "");
  EXPECT_TEXT(extras.query(), "");
  EXPECT(extras.add_query("a", "1").ok() && extras.add_header("Authorization", "Bearer t").ok(), "room");
  EXPECT(extras.add_query("b", "").ok() && extras.add_header("X-Empty", "").ok(), "room");
  EXPECT(extras.add_query("c", "3").ok(), "room");
  EXPECT_TEXT(extras.headers(), "Authorization: Bearer t\r\nX-Empty: \r\n");
  EXPECT_TEXT(extras.query(), "a=1&b=&c=3");
}

static void a_query_is_percent_encoded(void**) {
  std::array<char, 256> memory{};
  UpgradeExtras extras(memory);
  EXPECT(extras.add_query("k&y", "a b=c+d/~-._%\r\n\xC3\xA4#").ok(), "room");
  EXPECT_TEXT(extras.query(), "k%26y=a%20b%3Dc%2Bd%2F~-._%25%0D%0A%C3%A4%23");
}

static void expect_refused(std::string_view name, std::string_view value) {
  std::array<char, 256> memory{};
  UpgradeExtras extras(memory);
  EXPECT(extras.add_header("X-Before", "kept").ok(), "room");
  const Result<void> result = extras.add_header(name, value);
  EXPECT(!result && result.error().kind() == ErrorKind::config, std::string(name).c_str());
  EXPECT_TEXT(extras.headers(), "X-Before: kept\r\n");
  EXPECT(result.error().message().find("hunter2") == std::string_view::npos, "no value in the error");
}

static void nothing_can_be_injected(void**) {
  expect_refused("X-A", "hunter2\r\nX-Evil: 1");
  expect_refused("X-A", "hunter2\n");
  expect_refused("X-A", "hunter2\r");
  expect_refused("X-A", std::string_view("hunter2\0", 8));
  expect_refused("X-A", "hunter2\x7F");
  expect_refused("X-A\r\nX-Evil", "1");
  expect_refused("X-A:", "1");
  expect_refused("X A", "1");
  expect_refused("", "1");
}

static void headers_of_the_upgrade_itself_are_refused(void**) {
  for (const char* name :
       {"Host", "UPGRADE", "connection", "Content-Length", "transfer-encoding", "Trailer", "TE", "Expect",
        "Sec-WebSocket-Key", "sec-websocket-protocol", "Sec-WebSocket-Extensions"}) {
    expect_refused(name, "x");
  }
}

static void a_credential_is_shown_as_basic_or_as_a_bearer_token(void**) {
  std::array<char, 64> memory{};
  UpgradeExtras extras(memory);
  SecretOf<1024> secret;
  EXPECT(secret.assign("a:b").ok() && extras.add_basic(secret).ok(), "user and password");
  EXPECT_TEXT(extras.headers(), "Authorization: Basic YTpi\r\n");
  extras.clear();
  EXPECT(secret.assign("t0k/e+n==").ok() && extras.add_bearer(secret).ok(), "a token");
  EXPECT_TEXT(extras.headers(), "Authorization: Bearer t0k/e+n==\r\n");
  extras.clear();
  EXPECT(extras.add_basic(secret).error().kind() == ErrorKind::authentication, "no colon");
  for (const char* text : {"", "=", "a=b", "a b", "a\r\nb", "caf\xC3\xA9"}) {
    EXPECT(secret.assign(text).ok(), "room");
    const Error error = extras.add_bearer(secret).error();
    EXPECT(error.kind() == ErrorKind::authentication, text);
  }
  EXPECT(secret.assign("a:b\nc").ok(), "room");
  EXPECT(extras.add_basic(secret).error().kind() == ErrorKind::authentication, "control characters");
  EXPECT(secret.assign(std::string(40, 'x') + ":").ok(), "room");
  EXPECT(extras.add_basic(secret).error().kind() == ErrorKind::too_large, "more than there is room for");
  EXPECT_TEXT(extras.headers(), "");
}

static void four_subprotocols_can_be_offered_each_once(void**) {
  UpgradeExtras extras({});
  EXPECT(extras.add_subprotocol("a").ok() && extras.add_subprotocol("b").ok(), "no room is needed");
  EXPECT(extras.add_subprotocol("b").error().kind() == ErrorKind::config, "offered already");
  for (const char* name : {"", "a b", "a,b", "a\r\nX-Evil: 1"}) {
    EXPECT(extras.add_subprotocol(name).error().kind() == ErrorKind::config, name);
  }
  EXPECT(extras.add_subprotocol("c").ok() && extras.add_subprotocol("d").ok(), "four");
  EXPECT(extras.add_subprotocol("e").error().kind() == ErrorKind::too_large, "one too many");
  EXPECT(extras.subprotocols().size() == 4, "those that were taken");
  extras.clear();
  EXPECT(extras.subprotocols().empty(), "none after that");
}

static void what_does_not_fit_adds_nothing(void**) {
  std::array<char, 20> memory{};
  UpgradeExtras extras(memory);
  EXPECT(extras.add_header("A", "12345").ok(), "10 of 20 bytes");
  EXPECT(!extras.add_header("B", "123456"), "one byte too many");
  EXPECT(extras.add_header("B", "12345").error().kind() == ErrorKind::none, "the rest, to the byte");
  EXPECT(extras.add_query("q", "").error().kind() == ErrorKind::too_large, "no room for a query");
  EXPECT_TEXT(extras.headers(), "A: 12345\r\nB: 12345\r\n");
  EXPECT_TEXT(extras.query(), "");
  EXPECT(extras.add_header("C", "").error().kind() == ErrorKind::too_large, "no room for punctuation");
  extras.clear();
  EXPECT(extras.add_query("q", "%%%%%%").ok(), "exactly 20 bytes when encoded");
  EXPECT_TEXT(extras.query(), "q=%25%25%25%25%25%25");
  extras.clear();
  EXPECT(!extras.add_query("q", "%%%%%%a"), "one more");
  EXPECT(!extras.add_query("q", std::string(21, 'a')) && !extras.add_query(std::string(21, 'q'), ""),
         "far more");
  EXPECT(extras.add_query("", "x").error().kind() == ErrorKind::config, "a name");
  EXPECT_TEXT(extras.query(), "");
}

static void clear_wipes_every_byte(void**) {
  std::array<char, 64> memory;
  memory.fill('x');
  UpgradeExtras extras(memory);
  EXPECT(extras.add_header("Authorization", "Bearer secret").ok() && extras.add_query("token", "secret").ok(),
         "room");
  extras.clear();
  for (const char c : memory) EXPECT(c == 0, "nothing left");
  EXPECT(extras.headers().empty() && extras.query().empty(), "empty again");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(headers_and_query_keep_their_order),
      cmocka_unit_test(a_query_is_percent_encoded),
      cmocka_unit_test(nothing_can_be_injected),
      cmocka_unit_test(headers_of_the_upgrade_itself_are_refused),
      cmocka_unit_test(a_credential_is_shown_as_basic_or_as_a_bearer_token),
      cmocka_unit_test(four_subprotocols_can_be_offered_each_once),
      cmocka_unit_test(what_does_not_fit_adds_nothing),
      cmocka_unit_test(clear_wipes_every_byte),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
