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
  /// Opens what is missing of the descriptors 0 to 2, so that no socket takes its place, and lets a write
  /// that fails be an error, not a signal (SIGPIPE). `token_variable` names the variable that holds the
  /// credential, which is read at each attempt. Borrowed.
  explicit Host(const char* token_variable = "KEDGE_TOKEN") noexcept;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  [[nodiscard]] uv::Loop& loop() noexcept { return loop_; }
  [[nodiscard]] kedge::Port& port() noexcept { return port_; }
  /// For programs with a trust of their own: to be asked after `config()`.
  [[nodiscard]] tls::Client& tls() noexcept { return tls_.client; }

  /// The configuration of the client on this host, to be changed where it should be otherwise. Once: a port
  /// serves one client. It has
  /// - TLS, which trusts the CAs of the file that the variable KEDGE_CA names and no others, without it those
  ///   of the system
  /// - the proxy that the environment names (kedge/proxy_variables.hpp)
  /// - the credential; without one in the variable no attempt follows
  /// - an `on_state` that tells why the line waits or ended: who sets another one tells that himself
  /// `url` is borrowed until the client is made. What is wrong with CAs or proxy is reported by `run()`.
  [[nodiscard]] ClientConfig config(std::string_view url) noexcept;

  /// Writes a line to standard output; that it could not be written counts as a failure.
  void print(std::string_view line) noexcept;
  /// Prints what a request gave, or tells why it failed.
  void print(const Outcome& outcome) noexcept;
  /// Prints an error to standard error, unless it was printed last: a line that waits again for the same
  /// reason, or a request that failed for it. Gives 1, as `run` will.
  int fail(const Error& error) noexcept;

  /// Connects, and runs the loop until the client is closed and nothing else is on the loop. The program's
  /// exit code: 0, or 1 when something failed, which has been printed by then: that the environment cannot be
  /// used, or no loop could be made, among it. While a name lookup has not come back the process ends here,
  /// as a return from `main` would wait for it (`uv::exit_now`).
  [[nodiscard]] int run(Client& client) noexcept;

 private:
  void tell(const Error& error) noexcept;

  struct Descriptors {
    Descriptors() noexcept;
  };

  Descriptors descriptors_;  // before the loop has any
  const char* token_variable_;
  uv::Loop loop_;
  uv::Port port_{loop_};
  tls::ClientStorage<> tls_;
  ProxyVariables proxy_;
  Error error_;  // of what the environment says
  Error told_;
  bool failed_ = false;
};

}  // namespace kedge
