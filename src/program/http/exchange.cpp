#include "machinery.hpp"

#include "../../ws/http_text.hpp"

#include <sys/socket.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <utility>

// A request's way: its head, its body piece by piece, the handler, the answer now or later.

namespace kedge::program {

namespace {

std::string_view header(MHD_Connection* connection, const char* name) noexcept {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

// In libmicrohttpd 0.9 a line that goes on with the one before it is put behind the *name* there, in another
// place: "Content-Le: 4", " ngth" becomes "Content-Length: 4". Later ones refuse such lines, and hold a name
// before its value.
bool is_folded(const char* name, const char* value) noexcept {
  static const bool unfolds = std::string_view(MHD_get_version()).starts_with("0.");
  return unfolds && value != nullptr && std::less<>()(value, name);
}

template <void (FramingCheck::*look)(std::string_view, std::string_view) noexcept>
MHD_Result look_at(void* framing, MHD_ValueKind, const char* name, std::size_t name_size, const char* value,
                   std::size_t value_size) noexcept {
  auto& check = *static_cast<FramingCheck*>(framing);
  if (is_folded(name, value)) check.folded_line();
  (check.*look)({name, name_size},
                value == nullptr ? std::string_view() : std::string_view(value, value_size));
  return MHD_YES;
}

void look_at_headers(HttpExchange& exchange) noexcept {
  MHD_get_connection_values_n(exchange.connection, MHD_HEADER_KIND, &look_at<&FramingCheck::header>,
                              &exchange.framing);
}

void look_at_trailers(HttpExchange& exchange) noexcept {
  MHD_get_connection_values_n(exchange.connection, MHD_FOOTER_KIND, &look_at<&FramingCheck::trailer>,
                              &exchange.framing);
}

HttpRequest request_of(const HttpExchange& exchange, const char* path, const char* method) {
  MHD_Connection* connection = exchange.connection;
  HttpRequest request{method, path_of_target(path)};
  request.authority = authority_of_target(exchange.target);
  request.host = header(connection, MHD_HTTP_HEADER_HOST);
  request.origin = header(connection, MHD_HTTP_HEADER_ORIGIN);
  request.content_type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
  request.body = exchange.body;
  request.query.reserve(static_cast<std::size_t>(
      MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, nullptr, nullptr)));
  const auto add = [](void* query, MHD_ValueKind, const char* name, const char* value) {
    static_cast<decltype(request.query)*>(query)->emplace_back(name, value == nullptr ? "" : value);
    return MHD_YES;
  };
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, static_cast<MHD_KeyValueIterator>(add),
                            &request.query);
  return request;
}

// A body that has been refused is read on up to this many times what is discarded of any.
constexpr std::uint64_t reading_on = 4;
constexpr std::string_view too_large = "the body is too large";

}  // namespace

/// The daemon calls it with the first line of a request, before anybody has unescaped that.
void* HttpServer::Machinery::on_target(void*, const char* target, MHD_Connection* connection) noexcept {
  auto exchange = std::make_unique<HttpExchange>();
  exchange->target = target;
  exchange->connection = connection;
  exchange->peer = static_cast<HttpPeer*>(
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context);
  return exchange.release();
}

MHD_Result HttpServer::Machinery::on_call(void* self, MHD_Connection*, const char* path, const char* method,
                                          const char* version, const char* bytes, std::size_t* size,
                                          void** context) noexcept {
  auto& machinery = *static_cast<Machinery*>(self);
  if (*context == nullptr) return MHD_NO;
  auto& exchange = *static_cast<HttpExchange*>(*context);
  if (!exchange.begun) return machinery.begin(exchange, method, version);
  if (*size > 0) return machinery.take(exchange, {bytes, std::exchange(*size, 0)});
  if (!exchange.whole) return machinery.hand_over(exchange, path, method);
  return exchange.answer ? machinery.send(exchange, *exchange.answer) : MHD_NO;
}

MHD_Result HttpServer::Machinery::begin(HttpExchange& exchange, std::string_view method,
                                        std::string_view version) {
  exchange.begun = true;
  look_at_headers(exchange);
  const auto spoken = version == MHD_HTTP_VERSION_1_0 ? HttpVersion::http_1_0 : HttpVersion::later;
  exchange.keeps = exchange.framing.keeps_alive(spoken);
  std::string_view fault = fault_of_target(method, exchange.target);
  if (fault.empty()) fault = exchange.framing.fault(spoken);
  if (!fault.empty()) {
    refuse_early(exchange, 400, fault);
    return MHD_YES;
  }
  const std::string length(header(exchange.connection, MHD_HTTP_HEADER_CONTENT_LENGTH));
  const auto announced = length.empty() ? 0 : std::strtoull(length.c_str(), nullptr, 10);
  const bool asks =
      ws::equal_without_case(header(exchange.connection, MHD_HTTP_HEADER_EXPECT), "100-continue");
  // Who asks first has written nothing yet.
  if (asks && announced > limits_.body_bytes_max) {
    exchange.whole = true;
    exchange.keeps = false;
    ++being_answered_;
    return send(exchange, handler_.refusal(413, too_large));
  }
  if (announced > limits_.discarded_bytes_max) refuse_early(exchange, 413, too_large);
  return MHD_YES;
}

MHD_Result HttpServer::Machinery::take(HttpExchange& exchange, std::string_view piece) {
  exchange.body_bytes += piece.size();
  if (exchange.body_bytes <= limits_.body_bytes_max) {
    if (!exchange.refused) exchange.body.append(piece);
    return MHD_YES;
  }
  exchange.drop_body();
  if (exchange.body_bytes <= limits_.discarded_bytes_max) return MHD_YES;
  if (!exchange.refused) refuse_early(exchange, 413, too_large);
  // A connection that ends with bytes unread is reset, and the answer may be lost: there is time to stop.
  return exchange.body_bytes <= reading_on * limits_.discarded_bytes_max ? MHD_YES : MHD_NO;
}

void HttpServer::Machinery::refuse_early(HttpExchange& exchange, int status, std::string_view why) {
  exchange.refused = true;
  send_past_the_daemon(exchange, handler_.refusal(status, why));
}

MHD_Result HttpServer::Machinery::hand_over(HttpExchange& exchange, const char* path, const char* method) {
  if (exchange.refused) return MHD_NO;
  look_at_trailers(exchange);
  if (const auto fault = exchange.framing.fault(HttpVersion::later); !fault.empty()) {
    refuse_early(exchange, 400, fault);
    return MHD_NO;
  }
  exchange.whole = true;
  ++being_answered_;
  peers_.hold(*exchange.peer);
  if (exchange.body_bytes > limits_.body_bytes_max) return send(exchange, handler_.refusal(413, too_large));
  exchange.ticket = ++last_ticket_;
  unanswered_.emplace(exchange.ticket, &exchange);
  const auto answer = handler_.on_request(request_of(exchange, path, method), exchange.ticket);
  exchange.drop_body();
  if (answer) {
    unanswered_.erase(exchange.ticket);
    return send(exchange, *answer);
  }
  MHD_suspend_connection(exchange.connection);
  return MHD_YES;
}

void HttpServer::Machinery::answer(HttpTicket ticket, HttpAnswer answer) noexcept {
  const auto found = unanswered_.find(ticket);
  if (found == unanswered_.end()) return;
  HttpExchange& exchange = *found->second;
  unanswered_.erase(found);
  exchange.answer = std::move(answer);
  MHD_resume_connection(exchange.connection);
  // The daemon does nothing about it before it is run.
  arm(0);
}

MHD_Result HttpServer::Machinery::send(HttpExchange& exchange, const HttpAnswer& answer) {
  MHD_Response* response = MHD_create_response_from_buffer(
      answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, std::string(answer.content_type).c_str());
  MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  if (!answer.allow.empty()) {
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, std::string(answer.allow).c_str());
  }
  if (draining_ || !exchange.keeps) {
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
  } else {
    MHD_add_response_header(response, MHD_HTTP_HEADER_KEEP_ALIVE, keep_alive_.c_str());
  }
  const MHD_Result queued =
      MHD_queue_response(exchange.connection, static_cast<unsigned>(answer.status), response);
  MHD_destroy_response(response);
  if (queued == MHD_YES) ++counters_.answers[static_cast<std::size_t>(answer.status / 100 - 1)];
  peers_.wait_for(*exchange.peer, now());
  return queued;
}

// libmicrohttpd takes no answer while a body comes, and this one may have no end.
void HttpServer::Machinery::send_past_the_daemon(const HttpExchange& exchange, const HttpAnswer& answer) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " " +
                     MHD_get_reason_phrase_for(static_cast<unsigned>(answer.status)) +
                     "\r\nContent-Type: " + std::string(answer.content_type) +
                     "\r\nContent-Length: " + std::to_string(answer.body.size()) +
                     "\r\nConnection: close\r\n\r\n" + answer.body;
  if (::send(exchange.peer->descriptor, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
    ++counters_.answers[static_cast<std::size_t>(answer.status / 100 - 1)];
  }
  ::shutdown(exchange.peer->descriptor, SHUT_WR);
}

void HttpServer::Machinery::end(HttpExchange& exchange) noexcept {
  if (exchange.whole) --being_answered_;
  unanswered_.erase(exchange.ticket);
  delete &exchange;
}

}  // namespace kedge::program
