// Prints the README's table of limits and what they cost, from the library's own numbers.

#include <kedge/limits.hpp>
#include <kedge/storage.hpp>

#include <cstdio>
#include <cstdlib>

using namespace kedge;

namespace {

struct Column {
  Limits limits;
  std::size_t bytes;
};

const Column columns[] = {{Limits::tiny(), storage_bytes(Limits::tiny())},
                          {Limits::small(), storage_bytes(Limits::small())},
                          {Limits::host(), storage_bytes(Limits::host())}};

template <class Member>
void row(const char* name, Member Limits::*member, const char* cost, const char* what) {
  std::printf("| `%s` |", name);
  for (const Column& column : columns)
    std::printf(" %llu |", static_cast<unsigned long long>(column.limits.*member));
  std::printf(" %s | %s |\n", cost, what);
}

/// What one more of a limit costs, as storage_bytes() says.
template <class Member>
const char* each(Member Limits::*member, char (&text)[32]) {
  Limits more = Limits::host();
  more.*member = static_cast<Member>(more.*member + 1);
  std::snprintf(text, sizeof text, "%zu each", storage_bytes(more) - storage_bytes(Limits::host()));
  return text;
}

}  // namespace

int main() {
  char text[32];
  std::printf("| limit | `tiny` | `small` | `host` | bytes | what it bounds |\n|---|---|---|---|---|---|\n");
  row("pending_max", &Limits::pending_max, each(&Limits::pending_max, text), "requests in flight");
  row("outbound_messages_max", &Limits::outbound_messages_max, each(&Limits::outbound_messages_max, text),
      "messages queued or being written");
  row("outbound_bytes", &Limits::outbound_bytes, "1, and 4 a block", "their bytes, in whole blocks");
  row("outbound_block_bytes", &Limits::outbound_block_bytes, "-", "size of a block");
  row("reserved_messages_max", &Limits::reserved_messages_max, each(&Limits::reserved_messages_max, text),
      "the protocol's own messages");
  row("reserved_bytes", &Limits::reserved_bytes, "1, and 4 a block", "their bytes");
  row("outbound_message_bytes_max", &Limits::outbound_message_bytes_max, "-", "largest message sent");
  row("inbound_message_bytes_max", &Limits::inbound_message_bytes_max,
      each(&Limits::inbound_message_bytes_max, text), "largest message received whole");
  row("read_buffer_bytes", &Limits::read_buffer_bytes, each(&Limits::read_buffer_bytes, text),
      "read at once");
  row("write_buffer_bytes", &Limits::write_buffer_bytes, each(&Limits::write_buffer_bytes, text),
      "written at once");
  row("fragment_bytes_max", &Limits::fragment_bytes_max, "-", "what a ping may wait behind");
  row("upgrade_bytes_max", &Limits::upgrade_bytes_max, "1.5 each", "head of the upgrade");
  row("upgrade_headers_max", &Limits::upgrade_headers_max, "-", "its header lines");
  row("url_bytes_max", &Limits::url_bytes_max, each(&Limits::url_bytes_max, text), "URL");
  row("addresses_max", &Limits::addresses_max, each(&Limits::addresses_max, text),
      "addresses tried in one attempt, others in the next");
  row("json_depth_max", &Limits::json_depth_max, "-", "nesting of JSON read");
  row("result_row_bytes_max", &Limits::result_row_bytes_max, each(&Limits::result_row_bytes_max, text),
      "row of offline results");
  row("mask_pool_bytes", &Limits::mask_pool_bytes, each(&Limits::mask_pool_bytes, text),
      "random bytes fetched at once");
  std::printf("| **`storage_bytes()`** | **%zu** | **%zu** | **%zu** | | a client, on a %zu-bit machine |\n",
              columns[0].bytes, columns[1].bytes, columns[2].bytes, 8 * sizeof(void*));
  return EXIT_SUCCESS;
}
