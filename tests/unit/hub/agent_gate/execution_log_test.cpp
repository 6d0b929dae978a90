#include "hub/agent_gate/execution_log.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::hub::agent_gate;
using namespace std::chrono_literals;

static std::uint64_t add(ExecutionLog& log, std::string id, std::string_view args = "{}") {
  return log.add(std::move(id), "row", "read", args, WallTime(1ms));
}

static void executions_are_numbered_from_1_and_begin_as_running(void**) {
  ExecutionLog log;
  EXPECT(log.total() == 0 && log.latest().empty(), "nothing at first");
  EXPECT(add(log, "7") == 1 && add(log, "7") == 2, "numbers, for the same id too");
  EXPECT(log.total() == 2 && log.latest()[0].number == 1, "both, oldest first");
  EXPECT(log.latest()[1].fate == Fate::running && log.latest()[1].changed == WallTime(1ms), "running");
}

static void a_fate_is_kept_with_its_time(void**) {
  ExecutionLog log;
  (void)add(log, "1");
  (void)add(log, "2");
  log.set(2, Fate::kept, WallTime(5ms));
  log.set(2, Fate::fetched, WallTime(6ms));
  EXPECT(log.latest()[0].fate == Fate::running, "the other one to be left alone");
  EXPECT(log.latest()[1].fate == Fate::fetched && log.latest()[1].changed == WallTime(6ms), "the last fate");
  EXPECT_TEXT(to_string(log.latest()[1].fate), "fetched");
}

static void the_oldest_are_forgotten_and_their_fates_passed_over(void**) {
  ExecutionLog log;
  log.set(1, Fate::answered, WallTime(2ms));
  for (std::size_t i = 0; i <= ExecutionLog::executions_max; ++i) (void)add(log, std::to_string(i));
  EXPECT(log.latest().size() == ExecutionLog::executions_max, "no more than the limit");
  EXPECT(log.total() == ExecutionLog::executions_max + 1 && log.latest().front().number == 2,
         "the total to count the forgotten one");
  for (const std::uint64_t nobody : {std::uint64_t{0}, std::uint64_t{1}, log.total() + 1}) {
    log.set(nobody, Fate::answered, WallTime(3ms));
  }
  for (const Execution& execution : log.latest()) EXPECT(execution.fate == Fate::running, "no fate changed");
  log.set(log.total(), Fate::silent, WallTime(3ms));
  EXPECT(log.latest().back().fate == Fate::silent, "the last one to be found");
}

static void arguments_are_cut(void**) {
  ExecutionLog log;
  (void)add(log, "1", std::string(ExecutionLog::args_bytes_max + 1, 'x'));
  EXPECT_TEXT(log.latest()[0].args, std::string(ExecutionLog::args_bytes_max, 'x'));
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(executions_are_numbered_from_1_and_begin_as_running),
      cmocka_unit_test(a_fate_is_kept_with_its_time),
      cmocka_unit_test(the_oldest_are_forgotten_and_their_fates_passed_over),
      cmocka_unit_test(arguments_are_cut),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
