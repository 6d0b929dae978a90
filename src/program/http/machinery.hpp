#pragma once
// The daemon behind an HttpServer, and the two handles that drive it.
//
// server.cpp runs it, exchange.cpp follows a request through it.

#include "framing_check.hpp"
#include "peers.hpp"
#include "server.hpp"

#include <microhttpd.h>
#include <uv.h>

#include <string>
#include <unordered_map>

namespace kedge::program {

/// One request on its way, from its first line on.
struct HttpExchange {
  std::string target;  ///< as it was sent
  std::string body;
  std::uint64_t body_bytes = 0;  ///< that came, kept or not
  MHD_Connection* connection = nullptr;
  HttpPeer* peer = nullptr;
  HttpTicket ticket = 0;
  FramingCheck framing;
  bool begun = false;    ///< its head is there
  bool keeps = false;    ///< the connection, once it is answered
  bool whole = false;    ///< the handler has it
  bool refused = false;  ///< before it was whole
  std::optional<HttpAnswer> answer;

  /// Gives its memory back: what is assigned or cleared keeps it.
  void drop_body() noexcept { std::string().swap(body); }
};

class HttpServer::Machinery {
 public:
  Machinery(HttpHandler& handler, const HttpLimits& limits)
      : handler_(handler),
        limits_(limits),
        keep_alive_("timeout=" +
                    std::to_string(std::chrono::floor<std::chrono::seconds>(limits.patience).count())) {}

  Result<std::uint16_t> start(uv_loop_t& loop, const Address& address) noexcept;
  void answer(HttpTicket ticket, HttpAnswer answer) noexcept;
  void drain(Callback<void()> drained) noexcept;
  void run() noexcept;
  /// Deletes this, in the end.
  void close() noexcept;
  [[nodiscard]] const HttpCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] std::size_t connections() const noexcept { return peers_.size(); }

 private:
  // server.cpp
  void watch() noexcept;
  [[nodiscard]] bool asks_in_vain() noexcept;
  void pause() noexcept;
  void arm(std::uint64_t at_most_ms) noexcept;
  void cut(HttpPeer& peer) noexcept;
  void cut_slow_ones() noexcept;
  [[nodiscard]] Instant now() const noexcept;
  void on_connection(MHD_Connection* connection, void** context, MHD_ConnectionNotificationCode code);
  static void on_timer(uv_timer_t* timer) noexcept;
  static void on_handle_closed(uv_handle_t* handle) noexcept;

  // exchange.cpp
  MHD_Result begin(HttpExchange& exchange, std::string_view method, std::string_view version);
  MHD_Result take(HttpExchange& exchange, std::string_view piece);
  void refuse_early(HttpExchange& exchange, int status, std::string_view why);
  MHD_Result hand_over(HttpExchange& exchange, const char* path, const char* method);
  MHD_Result send(HttpExchange& exchange, const HttpAnswer& answer);
  void send_past_the_daemon(const HttpExchange& exchange, const HttpAnswer& answer);
  void end(HttpExchange& exchange) noexcept;
  static void* on_target(void* self, const char* target, MHD_Connection* connection) noexcept;
  static MHD_Result on_call(void* self, MHD_Connection* connection, const char* path, const char* method,
                            const char* version, const char* bytes, std::size_t* size,
                            void** context) noexcept;

  HttpHandler& handler_;
  HttpLimits limits_;
  std::string keep_alive_;  // when an idle connection ends
  MHD_Daemon* daemon_ = nullptr;
  int start_error_ = 0;  // errno when the daemon last had something to say
  uv_poll_t poll_{};
  uv_timer_t timer_{};
  int open_handles_ = 0;
  HttpPeers peers_;
  std::unordered_map<HttpTicket, HttpExchange*> unanswered_;
  HttpTicket last_ticket_ = 0;
  std::size_t being_answered_ = 0;  // requests, until their answer has left
  bool draining_ = false;
  bool one_is_gone_ = false;  // a connection, since the daemon was run
  int runs_in_vain_ = 0;      // one after the other
  bool paused_ = false;
  Callback<void()> drained_;
  HttpCounters counters_;
};

}  // namespace kedge::program
