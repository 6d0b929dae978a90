// A stream below that breaks at awkward moments.

#include "fixture.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

void a_write_that_breaks_behind_its_first_record_says_so_at_once(void**) {
  World world;
  Connection line(world.client(), world.server, world.port);
  EXPECT(line.open(), "the connection to open");
  line.pipe.a().break_after(1);
  const std::string text(40'000, 'x');  // three records
  const IoResult sent = line.client.stream->write(std::as_bytes(std::span(text)));
  // "Fewer than given" would promise an on_writable that nobody sends.
  EXPECT(sent.status == IoStatus::error, "an error");
  EXPECT(line.client.stream->error().layer_code() == 104, "the stream below's");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(a_write_that_breaks_behind_its_first_record_says_so_at_once)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
