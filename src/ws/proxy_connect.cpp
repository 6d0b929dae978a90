#include "proxy_connect.hpp"

#include "../codec/base64.hpp"

namespace kedge::ws {

namespace {

// The port always, the default one too: RFC 9110 section 9.3.6.
void write_authority(const Url& url, Sink& out) noexcept {
  Error digits(ErrorKind::none, ":");
  digits.append(std::int64_t{url.port});
  if (url.host_is_ipv6) out.write("[");
  out.write(url.host);
  if (url.host_is_ipv6) out.write("]");
  out.write(digits.message());
}

Error refused(const ResponseHead& head, bool has_credential) noexcept {
  const UpgradeResponse& response = head.response();
  const bool credential = response.status == 401 || response.status == 407;
  Error error(credential ? ErrorKind::authentication : ErrorKind::connection, Layer::proxy, response.status,
              !credential      ? "the proxy refused: HTTP "
              : has_credential ? "the proxy refused the credential for it: HTTP "
                               : "the proxy wants a credential: HTTP ");
  error.append(std::int64_t{response.status});
  return error.with_retry_after(response.retry_after);
}

}  // namespace

Result<void> write_connect(const Url& url, std::string_view credential, Sink& out) noexcept {
  if (!credential.empty() && credential.find(':') == std::string_view::npos)
    return Error(ErrorKind::config, "the proxy's credential is not of the form user:password");
  out.write("CONNECT ");
  write_authority(url, out);
  out.write(" HTTP/1.1\r\nHost: ");
  write_authority(url, out);
  if (!credential.empty()) {
    out.write("\r\nProxy-Authorization: Basic ");
    (void)codec::base64_encode(std::as_bytes(std::span(credential.data(), credential.size())), out);
  }
  // A sink that ran out of room stays failed.
  if (!out.write("\r\n\r\n"))
    return Error(ErrorKind::too_large, "the request to the proxy is larger than write_buffer_bytes");
  return {};
}

Result<bool> read_connect(ResponseHead& head, std::span<const std::byte> bytes, bool has_credential,
                          std::size_t* taken) noexcept {
  const Result<bool> complete = head.feed(bytes, taken);
  if (!complete || !*complete) return complete;
  const int status = head.response().status;
  if (status == switching_protocols) return head.malformed("answers CONNECT with HTTP 101");
  if (status / 100 != 2) return refused(head, has_credential);
  return true;
}

}  // namespace kedge::ws
