#pragma once
// A process whose client has the verbs that every client has, and shows what its server lets in.

#include "actor.hpp"

#include <algorithm>
#include <cstddef>
#include <new>
#include <string>
#include <utility>

namespace kedge::rig {

template <class Client, class Server>
class ClientActor : public Actor {
 public:
  ~ClientActor() override {
    if (client_ != nullptr) client_->~Client();
  }
  void learn() override { token_ = server_.token(); }
  [[nodiscard]] Statistics statistics() override { return client_->statistics(); }

 protected:
  ClientActor(Run& run, Chaos& chaos, const Plan& plan, std::uint64_t first_number, Server& server,
              std::size_t storage_bytes)
      : Actor(run, chaos, plan, first_number),
        server_(server),
        storage_(storage_bytes),
        token_(server.token()) {}

  /// The plan's configuration, with what is shown and what watches it.
  [[nodiscard]] ClientConfig client_config() {
    ClientConfig config = Actor::config();
    config.credentials = [this](Secret& secret) noexcept { return secret.assign(token_); };
    return config;
  }
  /// Once; then `start()`.
  template <class... Arguments>
  void make(Arguments&&... arguments) {
    client_ = new (place_.data()) Client(machine(), std::forward<Arguments>(arguments)...);
  }
  void start() {
    const auto started = client_->connect();
    run_.check(started.ok(), "a client with a sound configuration starts",
               [&] { return std::string(started.error().message()); });
  }
  void connect_again() {
    const auto again = client_->connect();
    run_.check((again.ok() && !*again) || (!again.ok() && again.error().kind() == ErrorKind::closed),
               "connect on a started client does nothing", [] { return std::string("it did"); });
  }
  /// Also what has ended long ago: a stale handle must be harmless.
  void cancel(Request& request) {
    if (request.refused || !request.handle) return;
    ledger().cancelled(request, client_->cancel(request.handle));
  }
  void cancel_all() {
    for (const std::uint64_t number : std::vector(ledger().open())) cancel(*ledger().find(number));
  }

  // Actor
  void close_client() override { client_->close(); }
  void retry_client() override { client_->retry_now(); }
  void destroy_client() override {
    std::exchange(client_, nullptr)->~Client();
    // Whoever still looks there finds nothing good.
    std::ranges::fill(place_, std::byte{0xDD});
    std::ranges::fill(storage_, std::byte{0xDD});
  }
  void abandon_client() override {
    client_ = nullptr;
    bury(std::move(place_));
    bury(std::move(storage_));
  }

  /// The credential that the device knows.
  [[nodiscard]] const std::string& token() const noexcept { return token_; }

  Server& server_;
  Client* client_ = nullptr;
  std::vector<std::byte> storage_;

 private:
  static_assert(alignof(Client) <= alignof(std::max_align_t));
  std::vector<std::byte> place_ = std::vector<std::byte>(sizeof(Client));
  std::string token_;
};

}  // namespace kedge::rig
