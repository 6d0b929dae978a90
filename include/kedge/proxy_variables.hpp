#pragma once
// The proxy that the environment names for a URL, by curl's variables and rules.

#include <kedge/client.hpp>
#include <kedge/limits.hpp>
#include <kedge/result.hpp>
#include <kedge/secret.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kedge {

/// For wss:// `https_proxy` or `HTTPS_PROXY`, for ws:// `http_proxy` (lower case only: a CGI program gets
/// HTTP_PROXY from its client), for both then `all_proxy` or `ALL_PROXY`. The first that is set and not empty
/// counts. It has the form `[http://][user[:password]@]host[:port]`, with user and password percent-encoded
/// and port 80 by default.
class ProxyVariables {
 public:
  /// User and password together, in bytes; a client may accept less (Limits::credential_bytes_max).
  static constexpr std::size_t credential_bytes_max = Limits::host().credential_bytes_max;

  /// Reads the environment for this URL. There is no proxy for a host of `no_proxy` (see `is_excepted`), for
  /// an address with a zone, which only this machine knows, for a text that is not a URL, and after an error.
  /// Allocates; may throw std::bad_alloc.
  /// Errors:
  /// - config: the variable has no usable value; the message names the variable, never its value
  Result<void> read(std::string_view url);
  /// `http://host[:port]`; empty: no proxy.
  [[nodiscard]] std::string_view url() const noexcept { return url_; }
  /// Sets the client's proxy and the source of its credential. The client borrows this object, which must
  /// outlive it.
  void apply(ClientConfig& config) const noexcept;

 private:
  Result<void> take(std::string_view text);
  void forget() noexcept;

  std::string url_;
  SecretOf<credential_bytes_max> credential_;  ///< `user:password`; empty: none
};

/// Whether `no_proxy` (or `NO_PROXY`) excludes a host. It is a list, separated by commas or spaces, of names,
/// which include their subdomains (`example.com` or `.example.com`), and of addresses or networks
/// (`10.0.0.0/8`), each with an optional port (`host:8443`, `[::1]:8443`); or `*` for every host. `host` has
/// no brackets.
[[nodiscard]] bool is_excepted(std::string_view host, std::uint16_t tcp_port, std::string_view no_proxy);

}  // namespace kedge
