#pragma once
// Who hears a port, an acceptor and both ends of a connection in a test: events are counted, and none of a
// stream comes inside a call.

#include <kedge/acceptor.hpp>

#include "support/cmocka.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::test {

/// One end of a stream: counts its events, and fails the test when one comes inside a call.
struct End final : StreamEvents {
  Stream* stream = nullptr;
  int opened = 0, failed = 0, readable = 0, writable = 0, closed = 0;
  Error error;
  bool in_call = false;
  std::function<void()> when_open, when_readable, when_writable, when_closed;

  void on_open() noexcept override { event(opened, when_open); }
  void on_error(const Error& why) noexcept override {
    error = why;
    event(failed, nullptr);
  }
  void on_readable() noexcept override { event(readable, when_readable); }
  void on_writable() noexcept override { event(writable, when_writable); }
  void on_closed() noexcept override { event(closed, when_closed); }

  void event(int& count, const std::function<void()>& then) noexcept {
    EXPECT(!in_call, "no event inside a call");
    ++count;
    if (then) then();
  }
  IoResult read(std::size_t bytes, std::string* into = nullptr) {
    std::vector<std::byte> buffer(bytes);
    in_call = true;
    const IoResult result = stream->read(buffer);
    in_call = false;
    if (into != nullptr) into->append(reinterpret_cast<const char*>(buffer.data()), result.bytes);
    return result;
  }
  IoResult write(std::string_view text) {
    in_call = true;
    const IoResult result = stream->write(std::as_bytes(std::span(text.data(), text.size())));
    in_call = false;
    return result;
  }
  void close() {
    in_call = true;
    stream->close();
    in_call = false;
  }
};

/// Takes every peer into an End.
struct Server final : AcceptEvents {
  std::vector<std::unique_ptr<End>> ends;
  std::vector<Address> peers;
  std::vector<Error> errors;
  int closed = 0;
  bool refuse = false;

  void on_accept(Stream& stream, const Address& peer) noexcept override {
    peers.push_back(peer);
    if (refuse) return stream.close();
    ends.push_back(std::make_unique<End>());
    ends.back()->stream = &stream;
    stream.set_events(*ends.back());
  }
  void on_accept_error(const Error& error) noexcept override { errors.push_back(error); }
  void on_accept_closed() noexcept override { ++closed; }
};

/// Counts what a port tells.
struct Told final : PortEvents {
  int timers = 0, answers = 0;
  std::vector<Address> addresses;
  Error error;
  std::function<void()> then;
  void on_timer() noexcept override {
    ++timers;
    if (then) then();
  }
  void on_resolved(std::span<const Address> found, const Error& why) noexcept override {
    ++answers;
    addresses.assign(found.begin(), found.end());
    error = why;
    if (then) then();
  }
};

}  // namespace kedge::test
