#pragma once
// For programs on a host: loop, port, TLS with the system's CAs, and the proxy and token of the environment,
// in one object. If you need one of them to be different, create the parts yourself.

#include <kedge/client.hpp>
#include <kedge/completion.hpp>
#include <kedge/port_uv.hpp>
#include <kedge/proxy_variables.hpp>
#include <kedge/tls.hpp>

#include <string_view>

namespace kedge {

/// Everything that a program on a host needs around a client. Reports on standard error why there is no
/// connection, and prints on standard output. Single-threaded. It must outlive its client; put it into `main`
/// or into static storage: it takes some 30 KiB.
class Host {
 public:
  /// Opens missing descriptors among 0 to 2, so that no socket takes their place, and turns SIGPIPE into a
  /// write error. `token_variable` names the environment variable of the credential, which is read at each
  /// attempt. Borrowed; it must outlive the host.
  explicit Host(const char* token_variable = "KEDGE_TOKEN") noexcept;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  [[nodiscard]] uv::Loop& loop() noexcept { return loop_; }
  [[nodiscard]] kedge::Port& port() noexcept { return port_; }
  /// For programs with their own trust: call it after `config()`.
  [[nodiscard]] tls::Client& tls() noexcept { return tls_.client; }

  /// The configuration of the client on this host; change what you need. Call it once, because a port serves
  /// one client. It has
  /// - TLS that trusts the CAs of the file in the variable KEDGE_CA and no others, or without it those of the
  ///   system
  /// - the proxy that the environment names (kedge/proxy_variables.hpp)
  /// - the credential; if the variable is not set but the protocol needs one, no other attempt follows
  /// - an `on_state` that reports why the client waits or ended; if you replace it, report that yourself
  /// `url` is borrowed until the client is constructed. `run()` reports what is wrong with CAs or proxy.
  [[nodiscard]] ClientConfig config(std::string_view url) noexcept;

  /// Writes a line to standard output; if it cannot be written, that counts as a failure.
  void print(std::string_view line) noexcept;
  /// Prints the result of a request, or reports its error.
  void print(const Outcome& outcome) noexcept;
  /// Prints an error to standard error, unless it was the last one printed (the client waits again for the
  /// same reason, or a request failed for it). Returns 1, as `run` then will.
  int fail(const Error& error) noexcept;

  /// Connects, and runs the loop until the client is closed and nothing else is on the loop. Returns the
  /// program's exit code: 0, or 1 if something failed (a bad environment and a loop that could not be created
  /// included), which has been printed by then. If a name lookup has not returned, the process ends in this
  /// call, because a return from `main` would wait for it (`uv::exit_now`).
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
