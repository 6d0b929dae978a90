#include "operator_api.hpp"

#include <microhttpd.h>
#include <netinet/in.h>
#include <uv.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

namespace kedge::hub {

/// The daemon, and the two handles that drive it.
struct OperatorApi::Machinery {
  MHD_Daemon* daemon = nullptr;
  uv_poll_t poll{};
  uv_timer_t timer{};
  int open_handles = 0;

  void run() noexcept;
  void arm() noexcept;
  void close() noexcept;
  static void on_handle_closed(uv_handle_t* handle) noexcept;
};

namespace {

/// One request's body: looked at only for its size.
struct Body {
  std::size_t bytes = 0;
};

MHD_Result send(MHD_Connection* connection, const OperatorAnswer& answer) {
  MHD_Response* response = MHD_create_response_from_buffer(
      answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
  MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  if (!answer.allow.empty()) {
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, std::string(answer.allow).c_str());
  }
  const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
  MHD_destroy_response(response);
  return queued;
}

std::string_view header(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<std::string_view> parameter(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);
  if (value == nullptr) return std::nullopt;
  return value;
}

bool announces_too_much(MHD_Connection* connection) {
  const std::string length(header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH));
  return !length.empty() && std::strtoull(length.c_str(), nullptr, 10) > OperatorApi::body_bytes_max;
}

MHD_Result answer(OperatorApi& api, MHD_Connection* connection, const char* url, const char* method,
                  std::size_t* upload_bytes, void** context) {
  if (*context == nullptr) {
    *context = new Body;
    if (announces_too_much(connection)) return send(connection, operator_error(413, "the body is too large"));
    return MHD_YES;
  }
  auto* body = static_cast<Body*>(*context);
  if (*upload_bytes > 0) {
    body->bytes += *upload_bytes;
    *upload_bytes = 0;
    // chunked: no answer can come before its end
    return body->bytes > OperatorApi::body_bytes_max ? MHD_NO : MHD_YES;
  }
  OperatorRequest request;
  request.method = method;
  request.path = url;
  request.how = parameter(connection, "how");
  request.after = parameter(connection, "after");
  request.peer = parameter(connection, "peer");
  request.host = header(connection, MHD_HTTP_HEADER_HOST);
  request.origin = header(connection, MHD_HTTP_HEADER_ORIGIN);
  return send(connection, api.answer(request));
}

/// No exception may pass through the daemon: a request that there is no memory for ends its connection.
MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                      const char*, const char*, std::size_t* upload_bytes, void** context) noexcept {
  try {
    return answer(*static_cast<OperatorApi*>(self), connection, url, method, upload_bytes, context);
  } catch (const std::bad_alloc&) {
    return MHD_NO;
  }
}

void forget_body(void*, MHD_Connection*, void** context, MHD_RequestTerminationCode) {
  delete static_cast<Body*>(*context);
  *context = nullptr;
}

/// The daemon's own words hold the peer's bytes: they are nobody's log.
__attribute__((format(printf, 2, 0))) void no_log(void*, const char*, va_list) {}

Error failed(const char* what) {
  return Error(ErrorKind::connection, Layer::system, errno, what).append(std::strerror(errno));
}

}  // namespace

OperatorApi::OperatorApi(uv::Loop& loop, agent_gate::Gate& gate, Server& server,
                         btp::Connector* connector) noexcept
    : loop_(loop), gate_(gate), server_(server), connector_(connector) {}

Result<std::uint16_t> OperatorApi::listen(std::uint16_t port) noexcept {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);

  errno = 0;
  MHD_Daemon* daemon = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_USE_ERROR_LOG, port, nullptr, nullptr, &on_request, this,
      MHD_OPTION_EXTERNAL_LOGGER, no_log, nullptr, MHD_OPTION_SOCK_ADDR,
      reinterpret_cast<sockaddr*>(&address), MHD_OPTION_CONNECTION_LIMIT, connections_max,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_bytes, MHD_OPTION_CONNECTION_TIMEOUT, timeout_s,
      MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, &forget_body, nullptr, MHD_OPTION_END);
  if (daemon == nullptr) return failed("the operator's API cannot listen: ");
  const MHD_DaemonInfo* epoll = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  const MHD_DaemonInfo* bound = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);

  machinery_ = new Machinery;
  machinery_->daemon = daemon;
  machinery_->poll.data = machinery_->timer.data = machinery_;
  uv_timer_init(loop_.native(), &machinery_->timer);
  machinery_->open_handles = 1;
  if (epoll == nullptr || bound == nullptr ||
      uv_poll_init(loop_.native(), &machinery_->poll, epoll->epoll_fd) != 0) {
    close();
    return Error(ErrorKind::connection, "the operator's API cannot be watched by the loop");
  }
  machinery_->open_handles = 2;
  uv_poll_start(&machinery_->poll, UV_READABLE,
                [](uv_poll_t* poll, int, int) { static_cast<Machinery*>(poll->data)->run(); });
  const std::uint16_t bound_port = bound->port;
  machinery_->arm();
  return bound_port;
}

void OperatorApi::close() noexcept {
  if (machinery_ != nullptr) machinery_->close();
  machinery_ = nullptr;
}

void OperatorApi::Machinery::run() noexcept {
  MHD_run(daemon);
  arm();
}

void OperatorApi::Machinery::arm() noexcept {
  MHD_UNSIGNED_LONG_LONG timeout = 0;
  if (MHD_get_timeout(daemon, &timeout) != MHD_YES) {
    uv_timer_stop(&timer);
    return;
  }
  uv_timer_start(
      &timer, [](uv_timer_t* expired) { static_cast<Machinery*>(expired->data)->run(); }, timeout, 0);
}

void OperatorApi::Machinery::close() noexcept {
  // The loop must stop watching the descriptor before the daemon closes it.
  if (open_handles == 2) uv_poll_stop(&poll);
  MHD_stop_daemon(daemon);
  daemon = nullptr;
  const bool polling = open_handles == 2;
  uv_close(reinterpret_cast<uv_handle_t*>(&timer), on_handle_closed);
  if (polling) uv_close(reinterpret_cast<uv_handle_t*>(&poll), on_handle_closed);
}

void OperatorApi::Machinery::on_handle_closed(uv_handle_t* handle) noexcept {
  auto* machinery = static_cast<Machinery*>(handle->data);
  if (--machinery->open_handles == 0) delete machinery;
}

}  // namespace kedge::hub
