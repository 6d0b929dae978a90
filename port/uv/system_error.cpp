#include "system_error.hpp"

#include <uv.h>

#include <cerrno>

namespace kedge::uv {

// Where the system's own words would not tell a person what to do, ours; libuv's for the rest.
static std::string_view words_of(int code) noexcept {
  switch (code) {
    case EMFILE:
      return "no file descriptor left (the process's limit)";
    case ENFILE:
      return "no file descriptor left (the system's limit)";
    case ENOBUFS:
      return "no buffer space left";
    case ENOMEM:
      return "no memory left";
    case ETIMEDOUT:
      return "the peer did not answer";
    case EPIPE:
      return "the peer has closed the connection";
    case EAFNOSUPPORT:
      return "address family not supported";
    case EADDRNOTAVAIL:
      return "address not available";
    default:
      return {};
  }
}

Error system_error(std::string_view doing, int code) noexcept {
  Error error(ErrorKind::connection, Layer::system, code, doing);
  std::string_view words = words_of(code);
  char text[80];
  // The form with a buffer: uv_strerror leaks memory on a code it does not know.
  if (words.empty()) words = uv_strerror_r(uv_translate_sys_error(code), text, sizeof text);
  return error.append(words);
}

static std::string_view resolver_words_of(int status) noexcept {
  switch (status) {
    case UV_EAI_NONAME:
    case UV_EAI_NODATA:
    case UV_EAI_ADDRFAMILY:
      return "no such name";
    case UV_EAI_AGAIN:
      return "the name servers did not answer";
    case UV_EAI_FAIL:
      return "the name servers failed";
    case UV_EAI_MEMORY:
    case UV_ENOMEM:
      return "no memory left";
    default:
      return {};
  }
}

Error resolver_error(int uv_status, std::string_view host) noexcept {
  std::string_view words = resolver_words_of(uv_status);
  char text[80];
  if (words.empty()) words = uv_strerror_r(uv_status, text, sizeof text);
  return Error(ErrorKind::connection, Layer::resolver, uv_status, "cannot look up the host: ")
      .append(words)
      .append(": ")
      .append(host);
}

}  // namespace kedge::uv
