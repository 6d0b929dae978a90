// The system's calendar through the port, on a machine where it is what we say.
#include <kedge/port_uv.hpp>

#include "support/cmocka.hpp"
#include "support/libc_clock.hpp"

using namespace kedge;

namespace {

void wall_time_goes_on_after_2038(void**) {
  uv::Loop loop;
  uv::Port port(loop);
  for (const std::int64_t seconds : {std::int64_t{2'147'483'647}, std::int64_t{2'147'483'648},
                                     std::int64_t{4'294'967'296}, std::int64_t{7'258'118'400}}) {
    test::libc_seconds = seconds;
    const auto now = port.wall_time();
    EXPECT(now && *now == WallTime(std::chrono::seconds(seconds)), "the second that the system says it is");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(wall_time_goes_on_after_2038),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
