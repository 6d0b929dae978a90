#pragma once
// co_await for every client: its requests, and sleeping, in the coroutines of await_task.hpp.

#include <kedge/await_task.hpp>
#include <kedge/client.hpp>
#include <kedge/timer.hpp>

#include <array>
#include <coroutine>
#include <cstddef>
#include <utility>

namespace kedge::await {

/// Sleeps: `co_await sleep(client, 5s)`, on the clock of the client's port. Returns false at once for a
/// client that could not be constructed (see Timer). If the client is destroyed meanwhile, it never returns.
class [[nodiscard]] sleep {
 public:
  sleep(Client& client, Duration length) noexcept : client_(client), length_(length) {}

  class Awaiter {
   public:
    Awaiter(Client& client, Duration length) noexcept : timer_(client), length_(length) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> coroutine) noexcept {
      slept_ = timer_.start(length_, [coroutine]() noexcept { coroutine.resume(); });
      return slept_;
    }
    bool await_resume() const noexcept { return slept_; }

   private:
    Timer timer_;
    Duration length_;
    bool slept_ = false;
  };
  Awaiter operator co_await() && noexcept { return {client_, length_}; }

 private:
  Client& client_;
  Duration length_;
};

namespace detail {

// A pending request. Completions find it through its place in the board, never through a pointer into a
// coroutine frame, which may be gone by then.
template <class OutcomeType>
class Waiter {
 public:
  virtual void resume(const OutcomeType& outcome) noexcept = 0;
  /// The request is gone and will not complete, because its client was destroyed.
  virtual void on_gone() noexcept = 0;

 protected:
  ~Waiter() = default;
};

}  // namespace detail

/// The places of a client's awaited requests, for outcomes of one type. Only its completion frees a place:
/// the board must live until the client is closed or destroyed.
template <class OutcomeType, std::size_t Waiting>
class Board {
 public:
  struct Place {
    detail::Waiter<OutcomeType>* waiter = nullptr;
    bool taken = false;
  };
  Board() noexcept = default;
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  Place* take(detail::Waiter<OutcomeType>& waiter) noexcept {
    for (Place& place : places_) {
      if (place.taken) continue;
      place = {&waiter, true};
      return &place;
    }
    return nullptr;
  }
  static CompletionOf<OutcomeType> completion(Place& place) noexcept {
    return [ticket = Ticket(place)](const OutcomeType& outcome) mutable noexcept {
      if (auto* waiter = ticket.give_back()) waiter->resume(outcome);
    };
  }

 private:
  // Gives the place back, called or not.
  class Ticket {
   public:
    explicit Ticket(Place& place) noexcept : place_(&place) {}
    Ticket(Ticket&& other) noexcept : place_(std::exchange(other.place_, nullptr)) {}
    ~Ticket() {
      if (auto* waiter = give_back()) waiter->on_gone();
    }
    detail::Waiter<OutcomeType>* give_back() noexcept {
      Place* place = std::exchange(place_, nullptr);
      return place == nullptr ? nullptr : std::exchange(*place, Place{}).waiter;
    }

   private:
    Place* place_;
  };

  std::array<Place, Waiting> places_{};
};

/// One request to `co_await`, once: `Outcome outcome = co_await gate.tool_request(...)`. It starts when it is
/// awaited, and you can await it only where it is created, or after moving from it: two that are kept and
/// awaited in turn would not run side by side; use `when_all` for that. An error on starting is also returned
/// as an outcome; queue_full also if `Waiting` coroutines already wait. The outcome's views are valid until
/// the coroutine waits again. If the client is destroyed meanwhile, it never returns. `Start` is
/// `Result<Handle>(ClientType&, CompletionOf<OutcomeType>)`.
template <class ClientType, class OutcomeType, std::size_t Waiting, class Start>
class [[nodiscard]] Request {
 public:
  using BoardType = Board<OutcomeType, Waiting>;

  Request(ClientType& client, BoardType& board, Start start) noexcept
      : client_(client), board_(board), start_(std::move(start)) {}

  // Refers to the request, which lives until the coroutine resumes, so that the frame does not hold it twice.
  class Awaiter final : private detail::Waiter<OutcomeType> {
   public:
    explicit Awaiter(Request& request) noexcept : request_(request) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    /// If destroyed while waiting (with its coroutine), cancels the request; its completion then does
    /// nothing.
    ~Awaiter() {
      if (place_ == nullptr) return;
      place_->waiter = nullptr;
      request_.client_.cancel(outcome_.request);
    }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> coroutine) noexcept {
      coroutine_ = coroutine;
      place_ = request_.board_.take(*this);
      if (place_ == nullptr) {
        outcome_.error = Error(ErrorKind::queue_full, "as many coroutines wait for this client as may");
        return false;
      }
      Result<Handle> started = request_.start_(request_.client_, BoardType::completion(*place_));
      if (started) {
        outcome_.request = *started;
        return true;
      }
      place_ = nullptr;
      outcome_.error = started.error();
      return false;
    }
    OutcomeType await_resume() noexcept { return outcome_; }

   private:
    void resume(const OutcomeType& outcome) noexcept override {
      place_ = nullptr;
      outcome_ = outcome;
      coroutine_.resume();  // may destroy this
    }
    void on_gone() noexcept override { place_ = nullptr; }

    Request& request_;
    typename BoardType::Place* place_ = nullptr;
    std::coroutine_handle<> coroutine_;
    OutcomeType outcome_{};
  };
  Awaiter operator co_await() && noexcept { return Awaiter(*this); }

 private:
  ClientType& client_;
  BoardType& board_;
  Start start_;
};

/// The base of a protocol's awaited client: up to `Waiting` coroutines at once wait for its requests. Borrows
/// the client, and must live until that is closed or destroyed, because completions pass through it.
template <class ClientType, class OutcomeType, std::size_t Waiting>
class AwaitedClient {
 public:
  explicit AwaitedClient(ClientType& client) noexcept : client_(client) {}
  [[nodiscard]] ClientType& client() noexcept { return client_; }

 protected:
  template <class Start>
  Request<ClientType, OutcomeType, Waiting, Start> request(Start start) noexcept {
    return {client_, board_, std::move(start)};
  }

 private:
  ClientType& client_;
  Board<OutcomeType, Waiting> board_;
};

/// Closes the client at the end of the scope, however it is left. The client must outlive it.
class [[nodiscard]] CloseOnExit {
 public:
  explicit CloseOnExit(Client& client) noexcept : client_(client) {}
  CloseOnExit(const CloseOnExit&) = delete;
  CloseOnExit& operator=(const CloseOnExit&) = delete;
  ~CloseOnExit() { client_.close(); }

 private:
  Client& client_;
};

}  // namespace kedge::await
