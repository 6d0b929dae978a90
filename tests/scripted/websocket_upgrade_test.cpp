// What the raw WebSocket client asks for at each attempt, and which configurations it refuses.

#include "websocket_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using websocket::CredentialKind;

namespace {

void the_upgrade_says_what_the_configuration_does(void**) {
  std::string chosen;
  std::string server;
  websocket::Config config;
  const websocket::Header headers[] = {{"X-Device", "17"}, {"Origin", "https://device.example"}};
  std::vector<std::string> names{"chat.v2", "chat.v1"};
  std::string_view offered[] = {names[0], names[1]};
  config.headers = headers;
  config.subprotocols = offered;
  config.user_agent = "device/1.0";
  config.on_open = [&](const Opened& opened) noexcept {
    chosen = opened.subprotocol;
    server = opened.header("server");
  };
  WebSocketWorld t(std::move(config));
  names = {"gone", "gone"};  // copied
  t.gateway.next(sim::Reception::accept().with_subprotocol("chat.v1").with_header("Server", "scripted"));
  t.connect();
  const auto* line = t.gateway.latest();
  EXPECT_TEXT(std::string(line->header("X-Device")), "17");
  EXPECT_TEXT(std::string(line->header("Origin")), "https://device.example");
  EXPECT_TEXT(std::string(line->header("User-Agent")), "device/1.0");
  EXPECT(line->header("Authorization").empty(), "no credential");
  EXPECT(line->offers("chat.v1") && line->offers("chat.v2"), "both are offered");
  EXPECT_TEXT(chosen, "chat.v1");
  EXPECT_TEXT(server, "scripted");
  EXPECT_TEXT(std::string(t.client->subprotocol()), "chat.v1");
  t.cut();
  EXPECT(t.until(LinkState::ready), "back");
  EXPECT_TEXT(std::string(t.gateway.latest()->header("X-Device")), "17");
  EXPECT(t.client->subprotocol().empty(), "this time it chose none");
}

void the_credential_is_shown_as_the_configuration_says(void**) {
  const struct {
    CredentialKind kind;
    const char* secret;
    const char* shown;
  } cases[] = {{CredentialKind::none, "s3cret-word", ""},
               {CredentialKind::bearer, "abc.DEF-1_2~3+4/5==", "Bearer abc.DEF-1_2~3+4/5=="},
               {CredentialKind::basic, "Aladdin:open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}};
  for (const auto& one : cases) {
    websocket::Config config;
    config.credential = one.kind;
    WebSocketWorld t(std::move(config), Limits::tiny(), 1, one.secret);
    t.connect();
    EXPECT_TEXT(std::string(t.gateway.latest()->header("Authorization")), one.shown);
  }
}

void without_a_credential_nobody_is_asked_for_one(void**) {
  websocket::Config config;
  config.client.credentials = [](Secret&) noexcept -> Result<void> {
    return Error(ErrorKind::config, "there is none");
  };
  WebSocketWorld t(std::move(config));
  t.connect();
}

void a_credential_of_another_form_ends_the_attempt(void**) {
  const struct {
    CredentialKind kind;
    const char* secret;
  } cases[] = {{CredentialKind::bearer, "two words"},
               {CredentialKind::bearer, "=="},
               {CredentialKind::bearer, "evil\r\nX: y"},
               {CredentialKind::basic, "no-colon-here"},
               {CredentialKind::basic, "user:pass\nword"}};
  for (const auto& one : cases) {
    websocket::Config config;
    config.credential = one.kind;
    WebSocketWorld t(std::move(config), Limits::tiny(), 1, one.secret);
    EXPECT(t.client->connect().ok() && t.until(LinkState::waiting), "the attempt to end");
    EXPECT(t.client->last_error().kind() == ErrorKind::authentication, "as what it is");
    EXPECT(t.gateway.latest() == nullptr || t.gateway.latest()->request().empty(), "nothing was asked");
  }
}

void what_is_wrong_in_the_configuration_is_told_by_connect(void**) {
  const auto told = [](websocket::Config config, std::string_view member) {
    WebSocketWorld t(std::move(config), Limits::tiny());
    const Error error = t.client->connect().error();
    EXPECT(error.kind() == ErrorKind::config && error.message().find(member) != std::string_view::npos,
           std::string(error.message()).c_str());
  };
  {
    websocket::Config config;
    config.credential = CredentialKind::bearer;
    told(std::move(config), "ClientConfig::credentials");
  }
  const std::string long_value(Limits::tiny().upgrade_bytes_max / 2, 'x');
  const websocket::Header wrong[] = {{"bad name", "x"},
                                     {"Host", "x"},
                                     {"X-A", "b\r\nX: y"},
                                     {"X-A", std::string_view("a\0b", 3)},
                                     {std::string_view("X\0A", 3), "b"},
                                     {long_value, "x"},
                                     {"X-Long", long_value}};
  for (const websocket::Header& header : wrong) {
    websocket::Config config;
    config.headers = std::span(&header, 1);
    told(std::move(config), "websocket::Config::headers");
  }
  const std::string_view names[] = {"a", "b", "c", "d", "e"};
  const std::string_view twice[] = {"a", "a"};
  const std::string_view no_token[] = {"a b"};
  const std::string_view no_text[] = {std::string_view("a\0b", 3)};
  for (const std::span<const std::string_view> some :
       {std::span(names).first(5), std::span<const std::string_view>(twice),
        std::span<const std::string_view>(no_token), std::span<const std::string_view>(no_text)}) {
    websocket::Config config;
    config.subprotocols = some;
    told(std::move(config), "websocket::Config::subprotocols");
  }
  {
    websocket::Config config;
    config.user_agent = std::string_view("a\0b", 3);
    told(std::move(config), "websocket::Config::user_agent");
  }
  {
    // What is too large together is told by one of them: headers, the agent and subprotocols share the room.
    const websocket::Header most[] = {{"X-Long", std::string_view(long_value).substr(20)}};
    const std::string_view more[] = {"a-subprotocol-of-some-length"};
    websocket::Config config;
    config.headers = most;
    config.user_agent = "device/1.0, of a name that is long enough to be too long";
    config.subprotocols = more;
    told(std::move(config), "websocket::Config::headers");
  }
  {
    websocket::Config config;
    config.source_timeout = 0s;
    told(std::move(config), "websocket::Config::source_timeout");
  }
}

void a_client_that_could_not_be_made_refuses_everything_with_the_reason(void**) {
  websocket::Config config;
  config.source_timeout = 0s;
  WebSocketWorld t(std::move(config));
  EXPECT(t.send("x").error().kind() == ErrorKind::config, "the configuration's fault");
  EXPECT(t.client->subprotocol().empty() && t.client->peer_close().code == 0, "there was no line");
  EXPECT(!t.client->peer_said_goodbye(), "nor an end of one");
  t.client->source_ready();
  t.client->pause();
  t.client->resume();
  EXPECT(t.client->close(1000, "").ok(), "closing it does nothing");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_upgrade_says_what_the_configuration_does),
      cmocka_unit_test(the_credential_is_shown_as_the_configuration_says),
      cmocka_unit_test(without_a_credential_nobody_is_asked_for_one),
      cmocka_unit_test(a_credential_of_another_form_ends_the_attempt),
      cmocka_unit_test(what_is_wrong_in_the_configuration_is_told_by_connect),
      cmocka_unit_test(a_client_that_could_not_be_made_refuses_everything_with_the_reason),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
