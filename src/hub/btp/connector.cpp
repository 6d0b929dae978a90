// Who is connected, and what is said to them.

#include "connector.hpp"

#include "../../program/string_sink.hpp"
#include "../../protocol/btp/packet.hpp"
#include "credentials.hpp"
#include "words.hpp"

#include <kedge/json.hpp>

#include <algorithm>
#include <utility>

namespace kedge::hub::btp {

using kedge::btp::Dialect;
using kedge::btp::Message;
using kedge::btp::MessageType;

namespace {

/// crosstown: between a refusal and its close.
constexpr Duration refusal_delay = std::chrono::milliseconds{100};

// All that was seen of the crosstown server's ERRORs: they say nothing more.
constexpr std::string_view crosstown_code = "F00";
constexpr std::string_view crosstown_name = "BTPError";

/// A BTP/2.0 error's data, as the reference has it.
std::string as_error_data(std::string_view why) {
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("message", why).end_object();
  return sink.take();
}

}  // namespace

server::ServiceConfig connector_service_config() {
  server::ServiceConfig config;
  config.connections_max = 16;
  config.message_buffers = 16;
  Limits& limits = config.limits;
  limits.inbound_message_bytes_max = 1024 * 1024;
  limits.outbound_message_bytes_max = 2 * 1024 * 1024;
  limits.outbound_bytes = 8 * 1024 * 1024;
  limits.outbound_block_bytes = 1024;
  limits.outbound_messages_max = 4096;
  return config;
}

Connector::Connector(Config config, PeerTokens tokens)
    : config_(std::move(config)), tokens_(std::move(tokens)) {}

bool Connector::cut_peer(std::string_view peer, CutKind how) noexcept {
  bool found = false;
  for (auto& [id, line] : lines_) {
    if (!line.authenticated || line.peer != peer) continue;
    found = true;
    line.connection->cut(how, "closed by the operator");
  }
  if (found) log(LogLevel::info, "cut", how == CutKind::abrupt ? "abrupt" : "clean");
  return found;
}

// ---- lines

bool Connector::serves(std::string_view path) const noexcept {
  return path == config_.crosstown_path || path == config_.btp2_path;
}

bool Connector::takes_the_rest() const noexcept {
  return config_.crosstown_path == any_path || config_.btp2_path == any_path;
}

server::Admission Connector::admit(const ws::UpgradeServer& request) noexcept {
  const std::string_view path = request.request().path;
  const bool btp2 =
      path == config_.btp2_path || (config_.btp2_path == any_path && path != config_.crosstown_path);
  return {.tag = static_cast<std::uint32_t>(btp2 ? Dialect::btp2 : Dialect::crosstown)};
}

Line* Connector::line_of(std::uint64_t id) noexcept {
  const auto found = lines_.find(id);
  return found == lines_.end() ? nullptr : &found->second;
}

// The latest one: its peer may not know yet that the others are lost.
Line* Connector::line_to(std::string_view peer) noexcept {
  const auto latest = std::find_if(lines_.rbegin(), lines_.rend(), [peer](const auto& line) {
    return line.second.serves() && line.second.peer == peer;
  });
  return latest == lines_.rend() ? nullptr : &latest->second;
}

void Connector::on_open(Connection& connection) noexcept {
  ++counters_.connections;
  Line& line = lines_[connection.id()];
  line.connection = &connection;
  line.dialect = static_cast<Dialect>(connection.tag());
  if (config_.auth_timeout > Duration::zero()) {
    connection.set_deadline(after(server_->now(), config_.auth_timeout));
  }
  log(LogLevel::info, "connect", to_string(line.dialect));
}

void Connector::on_closed(Connection& connection, const Error& why) noexcept {
  lines_.erase(connection.id());
  log(LogLevel::info, "close", why ? why.message() : "closed");
  forget_line(connection.id());
}

void Connector::on_message(Connection& connection, ws::MessageType type,
                           std::span<const std::byte> payload) noexcept {
  Line* line = line_of(connection.id());
  if (line == nullptr || line->leaving) return;
  handle(*line, type, payload);
}

// Until it is authenticated, or has been told to go.
void Connector::on_deadline(Connection& connection) noexcept {
  Line* line = line_of(connection.id());
  if (line == nullptr) return;
  if (line->leaving) return connection.close(ws::close_code::policy_violation, "authentication failed");
  refuse(*line, 0, "authentication timeout");
}

void Connector::on_turn(Instant now) noexcept {
  while (auto transit = forwarded_.take_due(now)) {
    reject(std::move(*transit), "R00", "the peer did not answer in time");
  }
  while (answers_.next_deadline() <= now) {
    for (const Transit& transit : answers_.take_due(now)) deliver(transit);
  }
}

Instant Connector::next_deadline() const noexcept {
  return std::min(forwarded_.next_deadline(), answers_.next_deadline());
}

bool Connector::say(Line& line, const std::string& message) noexcept {
  if (line.connection->send_binary(std::as_bytes(std::span(message)))) return true;
  log(LogLevel::warning, "send",
      "a message could not be sent: the peer does not read, is leaving, or there is no room");
  return false;
}

void Connector::log(LogLevel level, std::string_view event, std::string_view message) noexcept {
  if (server_ != nullptr) server_->log(level, event, message);
}

// ---- messages

void Connector::handle(Line& line, ws::MessageType type, std::span<const std::byte> payload) {
  if (line.successor) return turn_away(line);
  if (type != ws::MessageType::binary) return undecodable(line, "a text message");
  const auto message = kedge::btp::decode_message(line.dialect, payload);
  if (!message) return undecodable(line, message.error().message());
  if (!line.authenticated) return authenticate(line, *message);
  switch (message->type) {
    case MessageType::response:
    case MessageType::error:
      return answered(line, *message);
    case MessageType::transfer:
      return fail(line, message->request_id, "no money is moved here");
    case MessageType::message:
      return request(line, *message);
  }
}

// Neither dialect's server says what was wrong with it.
void Connector::undecodable(Line& line, std::string_view why) {
  ++counters_.undecodable;
  log(LogLevel::warning, "undecodable", why);
  if (line.dialect == Dialect::crosstown) return say_error(line, 0, crosstown_code, crosstown_name, {});
  leave(line);
}

void Connector::authenticate(Line& line, const Message& message) {
  Credentials credentials;
  std::string_view fault = read_credentials(line.dialect, message, credentials);
  if (fault.empty() && !tokens_.accepts(credentials.peer, credentials.token.reveal())) {
    fault = "invalid auth_token";
  }
  if (!fault.empty()) return refuse(line, message.request_id, fault);
  line.peer = std::move(credentials.peer);
  line.authenticated = true;
  line.connection->set_deadline(never);
  ++counters_.authentications;
  log(LogLevel::info, "authenticate", line.peer);
  if (line.dialect == Dialect::btp2) succeed(line, message.request_id);
  (void)say(line, empty_response(line.dialect, message.request_id));
}

// BTP/2.0's reference knows one line: the last that authenticated.
void Connector::succeed(const Line& fresh, std::uint32_t request_id) {
  for (auto& [id, line] : lines_) {
    const bool older = &line != &fresh && line.dialect == fresh.dialect;
    if (!older || !line.serves() || line.peer != fresh.peer) continue;
    line.successor = request_id;
    log(LogLevel::info, "succeeded", line.peer);
    forget_line(line.id());
  }
}

void Connector::turn_away(Line& line) {
  say_error(line, *line.successor, "F00", "NotAcceptedError",
            "This connection has been ended because the user has opened a new connection");
  leave(line);
}

void Connector::refuse(Line& line, std::uint32_t request_id, std::string_view reason) {
  ++counters_.authentications_bad;
  log(LogLevel::warning, "authenticate", reason);
  if (line.dialect == Dialect::crosstown) {
    line.leaving = true;
    line.connection->set_deadline(after(server_->now(), refusal_delay));
    return say_error(line, request_id, crosstown_code, crosstown_name, {});
  }
  say_error(line, request_id, "F00", "NotAcceptedError", reason);
  leave(line);
}

// Nothing more is heard of it.
void Connector::leave(Line& line) {
  line.leaving = true;
  line.connection->set_deadline(never);
  line.connection->close(ws::close_code::none_received, {});
}

void Connector::request(Line& line, const Message& message) {
  if (message.packet.empty()) return no_packet(line, message.request_id);
  const auto packet = kedge::btp::decode_packet(line.dialect, message.packet);
  if (!packet) return fail(line, message.request_id, packet.error().message());
  const auto* prepare = std::get_if<ilp::Prepare>(&*packet);
  if (prepare == nullptr) return fail(line, message.request_id, "the packet is no PREPARE");
  take(line, message.request_id, *prepare);
}

void Connector::no_packet(Line& line, std::uint32_t request_id) {
  if (line.dialect == Dialect::btp2 || config_.answer_empty) {
    (void)say(line, empty_response(line.dialect, request_id));
    return;
  }
  // Not a word to the client, whose own deadline must end it; but its author may want to know.
  log(LogLevel::warning, "ignored", "a MESSAGE without a packet gets no answer");
}

void Connector::say_error(Line& line, std::uint32_t request_id, std::string_view code, std::string_view name,
                          std::string_view data) {
  (void)say(line, error_message(line.dialect, request_id, code, name, data, wall_time()));
}

// What a handler that throws does.
void Connector::fail(Line& line, std::uint32_t request_id, std::string_view why) {
  ++counters_.failed;
  log(LogLevel::info, "failed", why);
  if (line.dialect == Dialect::btp2) {
    return say_error(line, request_id, "F01", "InvalidFieldsError", as_error_data(why));
  }
  say_error(line, request_id, crosstown_code, crosstown_name, {});
  if (config_.second_error) say_error(line, 0, crosstown_code, crosstown_name, {});
}

}  // namespace kedge::hub::btp
