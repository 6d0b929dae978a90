// port/uv, over loopback.

#include "contract.hpp"
#include "unit/port/uv_fixture.hpp"

#include <optional>

using namespace kedge;
using namespace kedge::test;

namespace {

class UvGround final : public Ground {
 public:
  Port& port() override { return *port_; }
  void destroy_port() override { port_.reset(); }
  Acceptor& acceptor() override { return listener_; }
  Address own_address() override { return loopback4(); }
  std::string_view known_name() override { return "localhost"; }
  std::string_view unknown_name() override {
    return "a-label-of-more-than-63-bytes-is-no-name-and-never-asked-of-a-server.example";
  }
  bool run_until(const std::function<bool()>& done, Duration limit) override {
    return test::run_until(loop_, done, static_cast<std::uint64_t>(limit / std::chrono::milliseconds{1}));
  }
  int turns_in(Duration length) override {
    return test::turns_in(loop_, static_cast<std::uint64_t>(length / std::chrono::milliseconds{1}));
  }
  std::size_t more_than_fits() override { return 12 << 20; }

 private:
  uv::Loop loop_;
  uv::Listener listener_{loop_, {.streams_max = peers_max}};
  std::optional<uv::Port> port_{std::in_place, loop_};
};

}  // namespace

int main() {
  return run_contract("uv", [] { return std::make_unique<UvGround>(); },
                      {stream_promises(), port_promises(), acceptor_promises()});
}
