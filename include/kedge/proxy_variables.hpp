#pragma once
// The proxy that the environment names for a URL, by the variables and rules that curl has.

#include <kedge/client.hpp>
#include <kedge/limits.hpp>
#include <kedge/result.hpp>
#include <kedge/secret.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kedge {

/// For wss:// `https_proxy` or `HTTPS_PROXY`, for ws:// `http_proxy` (lower case alone: a CGI program is
/// given HTTP_PROXY by its client), for both else `all_proxy` or `ALL_PROXY`. The first that is set and
/// not empty counts; it is `[http://][user[:password]@]host[:port]`, its user and password percent-encoded,
/// port 80 when none is given.
class ProxyVariables {
 public:
  /// User and password together; a client may take less (Limits::credential_bytes_max).
  static constexpr std::size_t credential_bytes_max = Limits::host().credential_bytes_max;

  /// Reads the environment for this URL. There is none for a host of `no_proxy` (see `is_excepted`), for an
  /// address with a zone, which only this machine knows, and for what is no URL. Errors, and there is none:
  /// config, naming the variable; never with what it holds.
  Result<void> read(std::string_view url);
  /// `http://host[:port]`; empty: none.
  [[nodiscard]] std::string_view url() const noexcept { return url_; }
  /// Sets the client's proxy and the source of its credential. Borrows this object.
  void apply(ClientConfig& config) const noexcept;

 private:
  Result<void> take(std::string_view text);
  void forget() noexcept;

  std::string url_;
  SecretOf<credential_bytes_max> credential_;  ///< `user:password`; empty: none
};

/// Whether `no_proxy` (or `NO_PROXY`) excepts a host: a list, of commas or spaces, of names, which stand for
/// those below them too (`example.com` or `.example.com`), of addresses, also as a network (`10.0.0.0/8`),
/// each perhaps with a port (`host:8443`, `[::1]:8443`); or `*`, which stands for all. `host` is without
/// brackets.
[[nodiscard]] bool is_excepted(std::string_view host, std::uint16_t tcp_port, std::string_view no_proxy);

}  // namespace kedge
