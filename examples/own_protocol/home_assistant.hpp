#pragma once
// A protocol of one's own, of kedge's public headers alone: Home Assistant's WebSocket API. The server asks
// for a token, commands are numbered, and a subscription is renewed on each line.

#include <kedge/json.hpp>
#include <kedge/protocol_client.hpp>

#include <utility>

class HomeAssistant final : public kedge::ProtocolClient {
 public:
  using Storage = kedge::ProtocolStorage<kedge::Limits::small()>;
  using EventHandler = kedge::Callback<void(kedge::json::Value event)>;

  /// `on_event` is told of each change of a state, also of those after a reconnect.
  HomeAssistant(kedge::Port& port, kedge::ClientConfig config, Storage& storage,
                EventHandler on_event) noexcept
      : ProtocolClient(port, std::move(config), {.needs_credential = true}, storage),
        on_event_(std::move(on_event)) {}

  /// Calls a service; completes with the JSON of its result.
  kedge::Result<kedge::Handle> call(std::string_view domain, std::string_view service,
                                    std::string_view entity, kedge::Completion done) noexcept {
    const std::uint64_t id = ++last_id_;
    return ask({.id = id}, std::move(done), [&](kedge::Sink& sink) noexcept {
      kedge::json::Writer out(sink);
      out.begin_object().member("id", id).member("type", "call_service");
      out.member("domain", domain).member("service", service);
      out.key("target").begin_object().member("entity_id", entity).end_object();
      return out.end_object().finish();
    });
  }

 private:
  // Ids rise on each connection. The subscription goes first, and has the least.
  static constexpr std::uint64_t subscription = 1;

  // The server speaks first: it demands the token.
  void on_open(const kedge::Opened&) noexcept override {}

  void on_message(const kedge::Message& message) noexcept override {
    const auto json = kedge::json::parse(message.text(), 16);
    if (!json) return protocol_error(json.error().message());
    const kedge::json::Value type = json->find("type");
    if (type.equals("auth_required")) return say_token();
    if (type.equals("auth_ok")) return accepted();
    if (type.equals("auth_invalid")) return refused(json->find("message"));
    if (type.equals("event")) return on_event_(json->find("event"));
    if (type.equals("result")) return on_result(*json);
  }

  void say_token() noexcept {
    const auto said = post({.own = true}, [this](kedge::Sink& sink) noexcept {
      kedge::json::Writer out(sink);
      return out.begin_object()
          .member("type", "auth")
          .member("access_token", secret().reveal())
          .end_object()
          .finish();
    });
    if (!said) end_line(said.error());
  }

  void refused(kedge::json::Value words) noexcept {
    kedge::Error error(kedge::ErrorKind::authentication, "Home Assistant refused the token: ");
    end_line(append_of_peer(error, words.text()), kedge::Verdict::refused);
  }

  void on_ready() noexcept override {
    const auto said =
        post({.own = true}, R"({"id":1,"type":"subscribe_events","event_type":"state_changed"})");
    if (!said) end_line(said.error());
  }

  void on_result(kedge::json::Value result) noexcept {
    const auto id = result.find("id").as_uint64();
    if (!id) return protocol_error(id.error().message());
    const auto good = result.find("success").as_bool();
    if (*id == subscription && good && *good) return;
    kedge::Error error(kedge::ErrorKind::remote, "Home Assistant: ");
    append_of_peer(error, result.find("error").find("message").text());
    if (*id == subscription) return end_line(error);
    const auto request = find(*id);
    if (!request) return;
    if (!good)
      fail_unread(*request, good.error());
    else if (!*good)
      fail(*request, error);
    else
      complete(*request, std::as_bytes(std::span(result.find("result").text())));
  }

  EventHandler on_event_;
  std::uint64_t last_id_ = subscription;
};
