#include "program/process_usage.hpp"

#include "support/cmocka.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <memory>

using namespace kedge;
using namespace kedge::program;

namespace {

void a_descriptor_more_is_counted(void**) {
  const std::uint64_t before = process_usage().open_descriptors.value();
  const int opened = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT(opened >= 0, "a descriptor");
  EXPECT(process_usage().open_descriptors == before + 1, "one more");
  ::close(opened);
  EXPECT(process_usage().open_descriptors == before, "and one less");
}

void memory_that_is_touched_is_counted(void**) {
  constexpr std::size_t bytes = 32 * 1024 * 1024;
  const ProcessUsage before = process_usage();
  const auto block = std::make_unique<std::byte[]>(bytes);
  std::memset(block.get(), 1, bytes);
  EXPECT(process_usage().resident_bytes >= before.resident_bytes.value() + bytes / 2, "most of the block");
  EXPECT(before.virtual_bytes >= before.resident_bytes, "no more in memory than there is");
}

void time_that_is_spent_is_counted(void**) {
  const Duration before = process_usage().cpu.value();
  while (process_usage().cpu.value() == before) {
  }
}

void without_a_descriptor_left_the_rest_is_told(void**) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const ProcessUsage usage = process_usage();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT(!usage.open_descriptors && !usage.resident_bytes, "nothing of what is read from /proc");
  EXPECT(usage.cpu && usage.descriptors_max == 0U, "what the system calls tell");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_descriptor_more_is_counted),
      cmocka_unit_test(memory_that_is_touched_is_counted),
      cmocka_unit_test(time_that_is_spent_is_counted),
      cmocka_unit_test(without_a_descriptor_left_the_rest_is_told),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
