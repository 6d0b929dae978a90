#pragma once
// For people on a host: loop, port, TLS with the system's CAs, the proxy and the token of the environment, in
// one object. A program that wants any of it otherwise makes the parts itself.

#include <kedge/client.hpp>
#include <kedge/completion.hpp>
#include <kedge/port_uv.hpp>
#include <kedge/proxy_variables.hpp>
#include <kedge/tls.hpp>

#include <string_view>

namespace kedge {

/// What a program on a host has around a client. It tells on standard error why the line does not come up,
/// and prints on standard output. On one thread; it must outlive its client, and belongs into `main` or into
/// static storage: it takes some 30 KiB.
class Host {
 public:
  /// Trusts the CAs of the file that the variable KEDGE_CA names, and no others; without it those of the
  /// system. `token_variable` names the variable that holds the credential, which is read at each attempt.
  /// Borrowed.
  explicit Host(const char* token_variable = "KEDGE_TOKEN") noexcept;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  [[nodiscard]] uv::Loop& loop() noexcept { return loop_; }
  [[nodiscard]] kedge::Port& port() noexcept { return port_; }
  [[nodiscard]] tls::Client& tls() noexcept { return tls_.client; }

  /// The configuration of a client on this host, to be changed where it should be otherwise: TLS, credential,
  /// and the proxy that the environment names (kedge/proxy_variables.hpp). `url` is borrowed until the client
  /// is made. Its `on_state` tells why the line waits, or ended: who sets another one tells that himself.
  /// What is wrong with the CAs or with the proxy's variable is told here, and there is no TLS, or no proxy.
  [[nodiscard]] ClientConfig config(std::string_view url) noexcept;

  /// Writes a line to standard output.
  void print(std::string_view line) noexcept;
  /// Prints what a request gave, or tells why it failed.
  void print(const Outcome& outcome) noexcept;
  /// Tells an error on standard error. Gives 1, as `run` will.
  int fail(const Error& error) noexcept;

  /// Connects, and runs the loop until the client is closed and nothing else is on the loop. The program's
  /// exit code: 0, or 1 when something failed, which was told by then. While a name lookup has not come back
  /// the process ends here, as a return from `main` would wait for it (`uv::exit_now`).
  [[nodiscard]] int run(Client& client) noexcept;

 private:
  const char* token_variable_;
  uv::Loop loop_;
  uv::Port port_{loop_};
  tls::ClientStorage<> tls_;
  ProxyVariables proxy_;
  Result<void> trusted_;
  bool failed_ = false;
};

}  // namespace kedge
