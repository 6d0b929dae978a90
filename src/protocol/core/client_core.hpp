#pragma once
// What each protocol's client has behind its public face: the line, the requests that wait, and what is done
// alike whatever is spoken. A protocol derives from it, and adds what it hears and sends.

#include "../../link/link.hpp"
#include "../../link/pending_pool.hpp"
#include "../../link/requests.hpp"
#include "timers.hpp"

#include <kedge/client.hpp>
#include <kedge/protocol.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kedge {

/// What one protocol's clients have in common. Text has static storage.
struct CoreOptions {
  LinkOptions link;
  /// What is said of a request that left and has no answer.
  std::string_view unknown_outcome = "its outcome is unknown: it may have run";
  /// What requests are called in the log, by `PendingPool::Request::kind`.
  std::span<const std::string_view> names;
};

class ClientCore : protected Protocol {
 public:
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;
  /// Runs the destructor of the whole; its memory is its owner's.
  virtual void destroy() noexcept = 0;

  [[nodiscard]] Link& link() noexcept { return link_; }
  [[nodiscard]] const Link& link() const noexcept { return link_; }
  /// `code` and `reason` are those of our close frame.
  void close(std::uint16_t code = ws::close_code::normal, std::string_view reason = {}) noexcept;
  virtual bool cancel(Handle request) noexcept { return requests_.cancel(request); }
  [[nodiscard]] Statistics statistics() const noexcept { return requests_.statistics(); }
  void start(Timer& timer, Duration delay) noexcept;
  void stop(Timer& timer) noexcept { timers_.remove(timer); }

 protected:
  /// Bytes it takes from an arena, beside its own size.
  static constexpr std::size_t storage_bytes(const Limits& limits,
                                             std::size_t inbound_bytes_min = 0) noexcept {
    return Link::storage_bytes(limits, inbound_bytes_min) + PendingPool::storage_bytes(limits);
  }
  ClientCore(Port& port, ClientConfig&& config, const CoreOptions& options, const Limits& limits,
             Arena& arena) noexcept;
  ~ClientCore() = default;

  // Protocol
  void on_discarded(MessageType type, std::uint64_t bytes) noexcept override;
  void on_sent(Handle entry, std::uint64_t tag) noexcept override;
  void on_expired(Handle entry, std::uint64_t tag) noexcept override;
  void on_too_large(Handle being_written) noexcept override;
  void on_lost(const Error& why) noexcept override;
  void on_stopped(const Error& why) noexcept override;
  void on_turn(Instant now) noexcept override;
  [[nodiscard]] Instant next_deadline() const noexcept override;

  // For the protocol.
  /// `close()` was called, and nothing has ended yet.
  virtual void on_close() noexcept {}
  /// What a request is called in the log. Static storage.
  [[nodiscard]] virtual std::string_view name_of(const PendingPool::Request& request) const noexcept;
  /// The peer has accepted us on this connection, which stands.
  [[nodiscard]] bool is_accepted() const noexcept { return link_.is_accepted(); }
  /// Nothing can be asked any more.
  [[nodiscard]] bool is_closed() const noexcept { return link_.is_closing(); }
  /// Begins a message of the protocol's own, in the reserved room: encode it, then `commit_own`.
  Sink& begin_own(MessageType type) noexcept;
  /// `what` and `id` are for the log. Errors: queue_full, too_large.
  Result<Handle> commit_own(std::string_view what, std::optional<std::uint64_t> id) noexcept;
  void abandon_own() noexcept { link_.ring().abandon(); }
  /// Says who we are: `encode(Sink&)` writes a message that shows the credential. One that cannot be, for its
  /// credential, or has no room, ends the line. `what` and `id` are for the log.
  template <class Encode>
  void authenticate(MessageType type, std::string_view what, std::optional<std::uint64_t> id,
                    const Encode& encode) noexcept;
  /// Counts a message that could not be decoded or matched, and logs it.
  void protocol_error(std::string_view what) noexcept;

  std::span<const std::string_view> names_;
  PendingPool pool_;
  Link link_;
  Requests requests_{link_, pool_};

 private:
  Timers timers_;
};

template <class Encode>
void ClientCore::authenticate(MessageType type, std::string_view what, std::optional<std::uint64_t> id,
                              const Encode& encode) noexcept {
  const Result<void> written = encode(begin_own(type));
  if (!written && written.error().kind() == ErrorKind::config) {
    abandon_own();
    return link_.end_line(Error(ErrorKind::authentication, "the credential is not UTF-8"));
  }
  if (!commit_own(what, id)) {
    link_.end_line(
        Error(ErrorKind::config, "the message that shows the credential does not fit reserved_bytes"));
  }
}

}  // namespace kedge
