#pragma once
// An HTTP client of the barest kind, on the loop that its server runs on.

#include "cmocka.hpp"

#include <kedge/port_uv.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

namespace kedge::test {

/// The status of an answer, 0 when it is none.
[[nodiscard]] inline int http_status(const std::string& answer) {
  return answer.size() > 12 && answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}
[[nodiscard]] inline std::string http_body(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? std::string() : answer.substr(end + 4);
}

class HttpClient {
 public:
  HttpClient(uv::Loop& loop, std::uint16_t port) : loop_(loop), fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    EXPECT(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "a connection");
    EXPECT(fcntl(fd_, F_SETFL, O_NONBLOCK) == 0, "a non-blocking socket");
  }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient() { ::close(fd_); }

  /// Writes it all, the loop running where there is no room.
  void say(std::string_view text) {
    while (!text.empty()) {
      const ssize_t size = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      EXPECT(size > 0 || errno == EAGAIN, "the request to go out");
      if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
      if (size < 0) loop_.run_once();
    }
  }
  /// The same, but a server that has hung up is no failure.
  void say_in_vain(std::string_view text) {
    while (!text.empty()) {
      const ssize_t size = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (size < 0 && errno != EAGAIN) return;
      if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
      if (size < 0) loop_.run_once();
    }
  }
  /// Runs the loop until the server ends the connection: what it said.
  std::string hear_all() {
    while (!ended()) loop_.run_once();
    return text_;
  }
  /// Whether the connection has ended, without waiting; what has come so far is in `heard()`.
  bool ended() {
    char bytes[4096];
    for (;;) {
      const ssize_t size = recv(fd_, bytes, sizeof bytes, 0);
      if (size > 0) {
        text_.append(bytes, static_cast<std::size_t>(size));
      } else {
        return size == 0 || errno != EAGAIN;
      }
    }
  }
  [[nodiscard]] const std::string& heard() const { return text_; }

  /// One request on a connection of its own, to its end.
  static std::string ask(uv::Loop& loop, std::uint16_t port, const std::string& start,
                         const std::string& headers = "Host: 127.0.0.1\r\n", const std::string& body = {}) {
    HttpClient client(loop, port);
    client.say_in_vain(start + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n" + body);
    return client.hear_all();
  }

 private:
  uv::Loop& loop_;
  int fd_;
  std::string text_;
};

}  // namespace kedge::test
