#pragma once
// What a port brings to be held to its contract (kedge/port.hpp, kedge/acceptor.hpp): itself, somebody to
// talk to, and turns of its loop. uv_test.cpp, sim_test.cpp and tls_test.cpp are the examples.

#include "ends.hpp"

#include <chrono>

namespace kedge::test {

/// A connection: both ends open, nothing said on it yet.
class Line {
 public:
  virtual ~Line() = default;
  virtual End& client() = 0;
  virtual End& server() = 0;
};

class Ground {
 public:
  virtual ~Ground() = default;

  /// The port, with nothing under way.
  virtual Port& port() = 0;
  /// Destroys it; what is left of the ground goes on.
  virtual void destroy_port() = 0;
  /// A server that the port can reach, for `peers_max` peers at once.
  virtual Acceptor& acceptor() = 0;
  static constexpr std::size_t peers_max = 4;
  /// Where it may listen, its port 0.
  virtual Address own_address() = 0;
  /// A name that has an address, and one that has none.
  virtual std::string_view known_name() = 0;
  virtual std::string_view unknown_name() = 0;

  /// Turns the loop until `done`, asked after each turn; false when `limit` passed before.
  virtual bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::seconds{10}) = 0;
  /// The turns that `length` took.
  virtual int turns_in(Duration length) = 0;
  /// How many turns of 100 ms are none of a busy loop.
  virtual int turns_at_rest() { return 20; }
  /// Whether nothing turns the loop any more, after what the machine still has to do.
  bool comes_to_rest() {
    for (int window = 0; window < 20; ++window)
      if (turns_in(std::chrono::milliseconds{100}) < turns_at_rest()) return true;
    return false;
  }

  /// A connection between the port and its server.
  virtual std::unique_ptr<Line> connect();
  /// More bytes than lie between two ends while nobody reads.
  virtual std::size_t more_than_fits() = 0;
};

/// The port's stream to the acceptor's, as they are.
class PlainLine final : public Line {
 public:
  explicit PlainLine(Ground& ground) {
    const Result<Address> bound = ground.acceptor().listen(ground.own_address(), accepted_);
    EXPECT(bound.ok(), "to listen");
    const Result<Stream*> stream = ground.port().connect(*bound, client_);
    EXPECT(stream.ok(), "to start connecting");
    EXPECT(client_.opened == 0, "no event inside connect()");
    client_.stream = *stream;
    EXPECT(ground.run_until([&] { return client_.opened == 1 && accepted_.ends.size() == 1; }),
           "on_open once, and a peer at the server");
    EXPECT(accepted_.ends[0]->opened == 0, "no on_open for an accepted stream");
  }
  End& client() override { return client_; }
  End& server() override { return *accepted_.ends[0]; }

 private:
  End client_;
  Server accepted_;
};

inline std::unique_ptr<Line> Ground::connect() {
  return std::make_unique<PlainLine>(*this);
}

}  // namespace kedge::test
