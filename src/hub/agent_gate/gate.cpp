// Who may be connected, and what is said to them.

#include "gate.hpp"

#include "../same_secret.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace kedge::hub::agent_gate {

namespace {

constexpr std::uint16_t already_connected = 4000;

/// A close frame went one way or the other; anything else is a line that was cut.
bool closed_cleanly(const Error& why) noexcept {
  if (!why) return true;
  return why.kind() == ErrorKind::connection && why.layer() == Layer::websocket &&
         why.layer_code() != ws::close_code::abnormal;
}

}  // namespace

server::ServiceConfig gate_service_config() {
  server::ServiceConfig config;
  // One agent, and those that are told so.
  config.connections_max = 8;
  config.message_buffers = 8;
  Limits& limits = config.limits;
  limits.inbound_message_bytes_max = 1024 * 1024;
  // An answer to get_pending_results holds all rows.
  limits.outbound_message_bytes_max = 8 * 1024 * 1024;
  limits.outbound_bytes = 8 * 1024 * 1024;
  limits.outbound_block_bytes = 1024;
  limits.outbound_messages_max = 1024;
  return config;
}

Gate::Gate(Config config, std::string_view token)
    : config_(std::move(config)),
      approvals_(config_.approvals_max),
      rate_limit_(config_.requests_per_minute),
      results_(config_.results_max) {
  (void)token_.assign(token);  // too long a token lets nobody in, as an empty one
}

void Gate::attach(Server& server) {
  server_ = &server;
  for (const SeededResult& seeded : config_.pending_results) {
    StoredResult row;
    row.request_id = seeded.request_id;
    row.tool = seeded.tool;
    row.args = seeded.args;
    row.result = status_data(seeded.status, seeded.data);
    keep(std::move(row));
  }
}

bool Gate::slot_taken() const noexcept {
  if (agent_ != nullptr) return true;
  return departed_ != 0 && (approvals_.any_of(departed_) || server_->now() < held_until_);
}

std::size_t Gate::executions_of(std::string_view client_id) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(executions().begin(), executions().end(),
                    [client_id](const Execution& execution) { return execution.client_id == client_id; }));
}

// ---- the connection

void Gate::on_open(Connection& connection) noexcept {
  ++counters_.connections;
  if (slot_taken()) {
    ++counters_.turned_away;
    log(LogLevel::info, "turned_away", "another agent is already connected");
    connection.close(already_connected, "Another agent is already connected");
    return;
  }
  agent_ = &connection;
  departed_ = 0;
  authenticated_ = false;
  auth_deadline_ = after(server_->now(), config_.auth_timeout);
  log(LogLevel::info, "connect", "an agent has connected");
}

void Gate::on_closed(Connection& connection, const Error& why) noexcept {
  if (agent_ != &connection) return;
  const bool was_let_in = authenticated_;
  agent_ = nullptr;
  authenticated_ = false;
  auth_deadline_ = never;
  departed_ = was_let_in && closed_cleanly(why) ? connection.id() : 0;
  if (departed_ != 0) hold_slot();
  log(LogLevel::info, "close", why ? why.message() : "closed");
}

void Gate::on_message(Connection& connection, ws::MessageType, std::span<const std::byte> payload) noexcept {
  if (agent_ != &connection) return;
  handle(read_message({reinterpret_cast<const char*>(payload.data()), payload.size()}));
}

// A real server lets go of an agent only when it has put its own things away.
void Gate::hold_slot() noexcept {
  std::array<std::byte, 4> drawn{};
  (void)server_->port().random(drawn);  // without randomness the shortest time will do
  const Duration spread = config_.slot_held_max - config_.slot_held_min;
  const auto share = std::bit_cast<std::uint32_t>(drawn) % 1024U;
  held_until_ = after(server_->now(), config_.slot_held_min + spread * share / 1023);
}

bool Gate::reply(const std::string& text) noexcept {
  if (agent_ == nullptr || text.empty()) return false;
  if (agent_->send(text)) return true;
  log(LogLevel::warning, "send", "an answer could not be sent: the agent does not read, or is leaving");
  return false;
}

void Gate::log(LogLevel level, std::string_view event, std::string_view message) noexcept {
  if (server_ != nullptr) server_->log(level, event, message);
}

// ---- messages

void Gate::handle(const Message& message) {
  switch (message.reading) {
    case Message::Reading::ignored:
      log(LogLevel::warning, "ignored", "JSON that is no object gets no reply");
      return;
    case Message::Reading::parse_error:
      (void)reply(error_reply("null", code::parse_error, "Parse error"));
      return;
    case Message::Reading::invalid:
      (void)reply(error_reply(message.id, code::invalid_request, "Invalid request"));
      return;
    case Message::Reading::request:
      break;
  }
  if (message.method == "auth") return authenticate(message);
  if (!authenticated_) return refuse_agent(message.id, "Not authenticated");
  if (message.method == "tool_request") return tool_request(message);
  if (message.method == "get_pending_results") return pending_results(message);
  if (message.method == "list_tools" && config_.generation == Generation::newer) return list_tools(message);
  (void)reply(error_reply(message.id, code::unknown_method, "Method not found"));
}

void Gate::authenticate(const Message& message) {
  std::optional<std::string> given = string_of(message.params.find("token"));
  const bool good = given && !token_.empty() && same_secret(token_.reveal(), *given);
  if (given) wipe(std::as_writable_bytes(std::span(*given)));
  if (!good) return refuse_agent(message.id, "Invalid token");
  authenticated_ = true;
  auth_deadline_ = never;
  ++counters_.authentications;
  log(LogLevel::info, "authenticate", "the agent is authenticated");
  const std::string answer = result_reply(message.id, R"({"status":"authenticated"})");
  (void)reply(answer);
  if (config_.answer_auth_twice) (void)reply(answer);
}

void Gate::refuse_agent(std::string_view id, std::string_view message) {
  ++counters_.authentications_bad;
  authenticated_ = false;
  auth_deadline_ = never;
  log(LogLevel::warning, "authenticate", message);
  (void)reply(error_reply(id, code::not_authenticated, message));
  agent_->close(ws::close_code::normal, message);
}

void Gate::malformed(const Message& message) {
  if (config_.generation == Generation::newer) {
    // Not a word to the client, whose own deadline must end it; but its author may want to know.
    log(LogLevel::warning, "ignored",
        "a tool_request without a text 'tool' and an object 'args' gets no reply");
    return;
  }
  (void)reply(error_reply(message.id, code::invalid_request, "Invalid params"));
}

void Gate::pending_results(const Message& message) {
  expire_results(server_->now());
  const Results::Listing listing = results_.list(config_.reply_bytes_max);
  if (!reply(result_reply(message.id, listing.json))) return;
  for (std::size_t i = 0; i < listing.rows; ++i) set_fate(results_.rows()[i].execution, Fate::fetched);
  results_.remove(listing.rows);
  counters_.results_fetched += listing.rows;
}

void Gate::list_tools(const Message& message) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().key("tools").begin_array();
  for (const Tool& tool : config_.tools) {
    writer.begin_object().member("name", tool.name).member("description", tool.description).end_object();
  }
  writer.end_array().end_object();
  (void)reply(result_reply(message.id, sink.text()));
}

// ---- time

void Gate::on_turn(Instant now) noexcept {
  if (agent_ != nullptr && now >= auth_deadline_) refuse_agent("null", "Authentication timeout");
  while (auto expired = approvals_.take_expired(now)) {
    ++counters_.approvals_timed_out;
    log(LogLevel::info, "approval_timeout", expired->job.tool);
    complete(expired->job, nullptr, {code::approval_timeout, {}, "Approval timed out"});
  }
  while (running_.next_deadline() <= now) {
    for (const Running& done : running_.take_due(now)) finish(done);
  }
  expire_results(now);
}

Instant Gate::next_deadline() const noexcept {
  return std::min(
      {auth_deadline_, approvals_.next_deadline(), results_.next_deadline(), running_.next_deadline()});
}

}  // namespace kedge::hub::agent_gate
