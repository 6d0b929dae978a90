// What storage.hpp promises is held against what a client takes when it is compiled: that this sees a number
// that is too small, also by a byte, and wherever it is.

#include "protocol/core/placement.hpp"

#include "support/cmocka.hpp"

using namespace kedge;

namespace {

/// A client that takes what is promised, and something more of one limit.
template <auto Limits::*member>
struct Greedy {
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
    return line_storage_bytes(limits) + limits.*member;
  }
};
struct Modest {
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
    return line_storage_bytes(limits);
  }
};
template <class Impl>
constexpr bool covered = are_covered<Impl, line_storage_bytes, Limits>();

void a_byte_too_little_for_one_more_of_a_limit_is_seen(void**) {
  EXPECT(covered<Modest>, "what is promised, and taken");
  EXPECT(!covered<Greedy<&Limits::pending_max>>, "a request");
  EXPECT(!covered<Greedy<&Limits::outbound_messages_max>> && !covered<Greedy<&Limits::reserved_messages_max>>,
         "a message");
  EXPECT(!covered<Greedy<&Limits::outbound_bytes>> && !covered<Greedy<&Limits::reserved_bytes>>, "a block");
  EXPECT(!covered<Greedy<&Limits::credential_bytes_max>>, "a credential");
  EXPECT(!covered<Greedy<&Limits::addresses_max>>, "an address");
  EXPECT(!covered<Greedy<&Limits::inbound_message_bytes_max>> &&
             !covered<Greedy<&Limits::read_buffer_bytes>> && !covered<Greedy<&Limits::write_buffer_bytes>> &&
             !covered<Greedy<&Limits::upgrade_bytes_max>> && !covered<Greedy<&Limits::url_bytes_max>> &&
             !covered<Greedy<&Limits::mask_pool_bytes>>,
         "bytes");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_byte_too_little_for_one_more_of_a_limit_is_seen),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
