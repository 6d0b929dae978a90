// What is offered at the upgrade, and what a server makes of it (RFC 6455 sections 1.9 and 4.1).

#include "upgrade_client_fixture.hpp"

using namespace kedge;
using namespace kedge::ws;

/// An answer that chooses `chosen`, to a client that has offered "v2.mesh" and "v1.mesh".
static Result<bool> choose(Client& it, std::string_view lines) {
  UpgradeExtras extras(it.extras_memory);
  EXPECT(extras.add_subprotocol("v2.mesh").ok() && extras.add_subprotocol("v1.mesh").ok(), "room");
  it.start("/ws", extras);
  std::string answer = it.good();
  return it.feed(answer.insert(answer.size() - 2, lines));
}

static void subprotocols_are_offered_in_the_order_of_preference(void**) {
  Client it;
  (void)choose(it, "");
  EXPECT(
      it.request.ends_with("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: v2.mesh, v1.mesh\r\n\r\n"),
      it.request.c_str());
}

static void the_subprotocol_that_was_chosen_is_told_or_that_none_was(void**) {
  Client it;
  EXPECT(*choose(it, "Sec-WebSocket-Protocol: v1.mesh\r\n"), "an upgrade");
  EXPECT_TEXT(it.client.subprotocol(), "v1.mesh");
  EXPECT(*choose(it, ""), "a server need not choose any");
  EXPECT_TEXT(it.client.subprotocol(), "");
}

static void a_subprotocol_that_was_not_offered_is_refused(void**) {
  for (const char* lines : {"Sec-WebSocket-Protocol: v3.mesh\r\n", "Sec-WebSocket-Protocol: V1.mesh\r\n",
                            "Sec-WebSocket-Protocol: \r\n", "Sec-WebSocket-Protocol: v2.mesh, v1.mesh\r\n",
                            "Sec-WebSocket-Protocol: v1.mesh\r\nSec-WebSocket-Protocol: v1.mesh\r\n"}) {
    Client it;
    const auto answered = choose(it, lines);
    EXPECT(!answered && answered.error().message() == "a 101 with a subprotocol nobody asked for", lines);
  }
  Client it;
  (void)choose(it, "");
  it.start();  // the next attempt offers none
  std::string answer = it.good();
  EXPECT(!it.feed(answer.insert(answer.size() - 2, "Sec-WebSocket-Protocol: v1.mesh\r\n")),
         "an offer of earlier");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(subprotocols_are_offered_in_the_order_of_preference),
      cmocka_unit_test(the_subprotocol_that_was_chosen_is_told_or_that_none_was),
      cmocka_unit_test(a_subprotocol_that_was_not_offered_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
