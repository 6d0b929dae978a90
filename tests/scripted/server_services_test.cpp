// Services beside each other on one server: each has limits, pools and addresses of its own.

#include "link_fixture.hpp"
#include "raw_agent.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

/// An echo at a path of its own, which counts what a server asks it.
class PathService final : public server::Service {
 public:
  explicit PathService(std::string path) : path_(std::move(path)) {}

  bool takes_the_rest() const noexcept override { return rest; }
  bool serves(std::string_view path) const noexcept override { return path == path_; }
  server::Admission admit(const ws::UpgradeServer& request) noexcept override {
    return {.tag = request.request().query == "second" ? 2U : 1U};
  }
  void on_open(server::Connection& connection) noexcept override { open.push_back(&connection); }
  void on_message(server::Connection& connection, ws::MessageType,
                  std::span<const std::byte> payload) noexcept override {
    received.emplace_back(reinterpret_cast<const char*>(payload.data()), payload.size());
    if (echoes) (void)connection.send(received.back());
  }
  void on_closed(server::Connection& connection, const Error&) noexcept override {
    std::erase(open, &connection);
    if (when_closed) when_closed();
  }
  void on_deadline(server::Connection& connection) noexcept override { due.push_back(connection.id()); }
  void on_turn(Instant) noexcept override {
    ++turns;
    deadline = never;
  }
  Instant next_deadline() const noexcept override { return deadline; }

  std::vector<server::Connection*> open;
  std::vector<std::string> received;
  std::vector<std::uint64_t> due;
  Instant deadline = never;
  int turns = 0;
  bool echoes = true;
  bool rest = false;
  std::function<void()> when_closed;

 private:
  const std::string path_;
};

struct ServicesWorld {
  ServicesWorld() {
    small.connections_max = 1;
    small.limits = Limits::small();
    small.limits.inbound_message_bytes_max = 1024;
    large.connections_max = 4;
    large.limits = Limits::small();
    large.limits.outbound_bytes = 16 * 1024;
    large.limits.outbound_message_bytes_max = 16 * 1024;
    large.outbound_pool_bytes = 32 * 1024;
  }
  void serve() {
    const std::vector<server::Offer> offers = {{&a, small}, {&b, large}};
    server = std::make_unique<server::Server>(port, server::ServerConfig{}, offers, LogHook{});
    server::Service* services[] = {&a, &b};
    EXPECT(server->listen(listener, nullptr, address, services).ok(), "the simulated server to listen");
  }
  std::unique_ptr<RawAgent> open(std::string_view target, const Address& at) {
    auto agent = std::make_unique<RawAgent>(world, at);
    EXPECT(world.run_until([&] { return agent->connected; }, 1s), "a TCP connection");
    agent->raw(RawAgent::upgrade_request(target));
    world.run_for(100ms);
    return agent;
  }
  std::unique_ptr<RawAgent> open(std::string_view target) { return open(target, address); }

  Address address = sim::ipv4(10, 0, 0, 1, 80);
  sim::World world{1};
  sim::Port port{world};
  sim::Listener listener{world};
  PathService a{"/a"};
  PathService b{"/b"};
  server::ServiceConfig small;
  server::ServiceConfig large;
  std::unique_ptr<server::Server> server;
};

void one_that_is_full_keeps_nobody_out_of_another(void**) {
  ServicesWorld t;
  t.serve();
  auto first = t.open("/a");
  EXPECT(first->status() == 101, "a seat");
  EXPECT(t.open("/a")->status() == 503, "503 where all seats are taken");
  EXPECT(t.open("/b")->status() == 101, "the other service to let in");
  first->reset();
  t.world.run_for(100ms);
  EXPECT(t.open("/a")->status() == 101, "the seat to be free again");
}

void each_has_its_own_limits(void**) {
  ServicesWorld t;
  t.serve();
  auto small = t.open("/a");
  auto large = t.open("/b");
  small->text(std::string(2000, 'x'));
  large->text(std::string(2000, 'x'));
  t.world.run_for(100ms);
  EXPECT(small->close_code == 1009, "2000 bytes to be too many for the one");
  EXPECT(large->messages.size() == 1 && large->messages[0].size() == 2000, "and an echo from the other");
}

void what_one_connection_holds_is_missing_to_its_like_and_comes_back(void**) {
  ServicesWorld t;
  t.serve();
  auto reader = t.open("/b");
  auto idle = t.open("/b");
  server::Connection& first = *t.b.open[0];
  server::Connection& second = *t.b.open[1];
  const std::string message(8 * 1024, 'x');
  EXPECT(first.send(message) && first.send(message), "room for what one may hold");
  EXPECT(!first.send(message), "and for no more");
  EXPECT(second.send(message) && second.send(message), "the other to have its own");
  auto third = t.open("/b");  // whose upgrade took time: all has been sent since
  EXPECT(reader->messages.size() == 2 && idle->messages.size() == 2, "all of it to arrive");
  EXPECT(t.b.open[2]->send(message), "and its blocks to be free again");
}

void blocks_are_leased_from_one_pool(void**) {
  ServicesWorld t;
  t.large.outbound_pool_bytes = 20 * 1024;
  t.serve();
  auto one = t.open("/b");
  auto two = t.open("/b");
  const std::string message(16 * 1024, 'x');
  EXPECT(t.b.open[0]->send(message), "room for one");
  EXPECT(!t.b.open[1]->send(message), "none for another, as the pool is used up");
  EXPECT(t.b.open[1]->send("short"), "but for what fits");
  t.world.run_for(100ms);
  EXPECT(one->messages.size() == 1 && two->messages.size() == 1, "what was taken to arrive");
  EXPECT(t.b.open[1]->send(message), "room for the other now");
}

void what_no_pool_can_hold_is_too_large_and_not_a_matter_of_waiting(void**) {
  ServicesWorld t;
  t.large.outbound_pool_bytes = 4 * 1024;
  t.serve();
  auto one = t.open("/b");
  EXPECT(!t.b.open[0]->send(std::string(8 * 1024, 'x')),
         "a message that is larger than the pool to be refused");
  EXPECT(t.b.open[0]->send("short"), "and nothing to be lost by it");
  t.world.run_for(100ms);
  EXPECT(one->messages.size() == 1, "what fits to arrive");
}

void one_that_does_not_read_is_no_matter_to_the_others(void**) {
  ServicesWorld t;
  t.large.limits.outbound_messages_max = 128;
  t.large.outbound_pool_bytes = 0;  // for each what it may hold
  t.serve();
  auto silent = t.open("/b");
  auto reader = t.open("/b");
  silent->reads = false;
  const std::string message(1024, 'x');
  int taken = 0;
  for (int i = 0; i < 4000; ++i) {
    if (t.b.open[0]->send(message)) ++taken;
    if (i % 16 == 0) t.world.run_for(1ms);
  }
  EXPECT(taken < 4000 && !t.b.open[0]->send(message), "the one that does not read to be refused in the end");
  for (int i = 0; i < 20; ++i) {
    reader->text("hello");
    t.world.run_for(10ms);
  }
  EXPECT(reader->messages.size() == 20, "the other to have its echoes");
  auto third = t.open("/b");
  EXPECT(third->status() == 101, "and a third one to come");
  third->reset();
  t.world.run_for(100ms);
  EXPECT(t.b.open.size() == 2, "and to go");
}

void a_connection_that_is_gone_leaves_its_blocks(void**) {
  ServicesWorld t;
  t.large.outbound_pool_bytes = 20 * 1024;
  t.serve();
  auto one = t.open("/b");
  auto two = t.open("/b");
  const std::string message(16 * 1024, 'x');
  EXPECT(t.b.open[0]->send(message), "room for one");
  t.b.open[0]->cut();
  t.world.run_for(100ms);
  EXPECT(t.b.open.size() == 1 && t.b.open[0]->send(message), "room for the other, as the first is gone");
}

void its_deadline_is_each_connections_own(void**) {
  ServicesWorld t;
  t.serve();
  auto one = t.open("/b");
  auto two = t.open("/b");
  const Instant now = t.world.now();
  t.b.open[0]->set_deadline(now + 3s);
  t.b.open[1]->set_deadline(now + 1s);
  t.world.run_for(2s);
  EXPECT(t.b.due == std::vector<std::uint64_t>{t.b.open[1]->id()}, "the second's alone");
  t.b.open[0]->set_deadline(never);
  t.world.run_for(5s);
  EXPECT(t.b.due.size() == 1, "none that was taken back, and none twice");
  t.b.open[0]->set_deadline(t.world.now() + 1s);
  one->reset();
  t.world.run_for(5s);
  EXPECT(t.b.due.size() == 1, "none of a connection that is gone");
}

void a_services_deadline_is_asked_for_and_kept(void**) {
  ServicesWorld t;
  t.serve();
  t.a.deadline = t.world.now() + 1s;
  t.server->wake();
  t.world.run_for(900ms);
  EXPECT(t.a.turns == 0, "no turn before its time");
  t.world.run_for(200ms);
  EXPECT(t.a.turns == 1 && t.b.turns == 0, "one turn, of the one that asked");
}

void a_deadline_that_a_lost_line_brings_is_kept(void**) {
  ServicesWorld t;
  t.serve();
  auto agent = t.open("/b");
  t.b.when_closed = [&] { t.b.deadline = t.world.now() + 1s; };
  agent->reset();
  t.world.run_for(1100ms);
  EXPECT(t.b.turns == 1, "its turn, with nothing else going on");
}

void a_path_goes_to_who_names_it_before_who_takes_any(void**) {
  ServicesWorld t;
  t.a.rest = true;  // and is asked first
  t.serve();
  EXPECT(t.open("/b")->status() == 101 && t.b.open.size() == 1, "the one that names it");
  EXPECT(t.open("/else")->status() == 101 && t.a.open.size() == 1, "the other one for what is left");
}

void an_address_that_cannot_be_bound_leaves_nothing_behind(void**) {
  ServicesWorld t;
  t.serve();
  {
    sim::Listener other{t.world};
    server::Service* services[] = {&t.b};
    EXPECT(!t.server->listen(other, nullptr, t.address, services).ok(), "the address to be taken");
  }
  bool gone = false;
  t.server->shut_down([&]() noexcept { gone = true; });
  EXPECT(t.world.run_until([&] { return gone; }, 10s), "an end, without the acceptor that is gone");
}

void a_service_knows_by_the_tag_what_it_said_at_the_door(void**) {
  ServicesWorld t;
  t.serve();
  auto one = t.open("/b?first");
  auto two = t.open("/b?second");
  EXPECT(t.b.open[0]->tag() == 1 && t.b.open[1]->tag() == 2, "their tags");
}

void an_address_may_be_one_services_alone(void**) {
  ServicesWorld t;
  sim::Listener other{t.world};
  const Address apart = sim::ipv4(10, 0, 0, 1, 81);
  const std::vector<server::Offer> offers = {{&t.a, t.small}, {&t.b, t.large}};
  t.server = std::make_unique<server::Server>(t.port, server::ServerConfig{}, offers, LogHook{});
  server::Service* of_a[] = {&t.a};
  server::Service* of_b[] = {&t.b};
  EXPECT(t.server->listen(t.listener, nullptr, t.address, of_a).ok(), "one address");
  EXPECT(t.server->listen(other, nullptr, apart, of_b).ok(), "another");
  EXPECT(t.open("/b")->status() == 404, "404 for the service that is elsewhere");
  auto agent = t.open("/b", apart);
  EXPECT(agent->status() == 101, "which is there");
  bool gone = false;
  t.server->shut_down([&]() noexcept { gone = true; });
  EXPECT(t.world.run_until([&] { return gone; }, 10s), "both addresses to be left");
  EXPECT(agent->close_code == 1001, "and everybody told");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(one_that_is_full_keeps_nobody_out_of_another),
      cmocka_unit_test(each_has_its_own_limits),
      cmocka_unit_test(what_one_connection_holds_is_missing_to_its_like_and_comes_back),
      cmocka_unit_test(blocks_are_leased_from_one_pool),
      cmocka_unit_test(what_no_pool_can_hold_is_too_large_and_not_a_matter_of_waiting),
      cmocka_unit_test(one_that_does_not_read_is_no_matter_to_the_others),
      cmocka_unit_test(a_connection_that_is_gone_leaves_its_blocks),
      cmocka_unit_test(its_deadline_is_each_connections_own),
      cmocka_unit_test(a_services_deadline_is_asked_for_and_kept),
      cmocka_unit_test(a_deadline_that_a_lost_line_brings_is_kept),
      cmocka_unit_test(a_path_goes_to_who_names_it_before_who_takes_any),
      cmocka_unit_test(an_address_that_cannot_be_bound_leaves_nothing_behind),
      cmocka_unit_test(a_service_knows_by_the_tag_what_it_said_at_the_door),
      cmocka_unit_test(an_address_may_be_one_services_alone),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
