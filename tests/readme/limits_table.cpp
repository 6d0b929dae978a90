// Prints include/kedge/README.md's table of limits and what they cost, from the library's own numbers.

#include <kedge/agent_gate.hpp>
#include <kedge/btp.hpp>
#include <kedge/limits.hpp>
#include <kedge/websocket.hpp>

#include <cstdio>
#include <cstdlib>

using namespace kedge;

namespace {

using agent_gate::Limits;  // those of a line, and its own

const Limits columns[] = {Limits::micro(), Limits::tiny(), Limits::small(), Limits::host()};

template <class Member, class Class>
void row(const char* name, Member Class::*member, const char* cost, const char* what) {
  std::printf("| `%s` |", name);
  for (const Limits& column : columns)
    std::printf(" %llu |", static_cast<unsigned long long>(column.*member));
  std::printf(" %s | %s |\n", cost, what);
}

/// What one of a limit costs, as the protocols' storage_bytes() say: of twice as many, as some tables have
/// sizes that are powers of two.
template <class Member, class Class>
const char* each(Member Class::*member, char (&text)[64]) {
  const Limits host = Limits::host();
  Limits more = host;
  more.*member = static_cast<Member>(more.*member * 2);
  const std::size_t gate =
      (agent_gate::storage_bytes(more) - agent_gate::storage_bytes(host)) / (host.*member);
  const std::size_t btp = (btp::storage_bytes(more) - btp::storage_bytes(host)) / (host.*member);
  if (gate == btp || btp == 0) {  // of one protocol alone: its row says so
    std::snprintf(text, sizeof text, "%zu each", gate);
  } else {
    std::snprintf(text, sizeof text, "%zu each; btp: %zu", gate, btp);
  }
  return text;
}

}  // namespace

int main() {
  using agent_gate::Limits;
  char text[64];
  std::printf(
      "| limit | `micro` | `tiny` | `small` | `host` | bytes | what it bounds "
      "|\n|---|---|---|---|---|---|---|\n");
  row("pending_max", &Limits::pending_max, each(&Limits::pending_max, text), "requests in flight");
  row("outbound_messages_max", &Limits::outbound_messages_max, each(&Limits::outbound_messages_max, text),
      "messages queued or being written");
  row("outbound_bytes", &Limits::outbound_bytes, "1, and 4 a block", "their bytes, in whole blocks");
  row("outbound_block_bytes", &Limits::outbound_block_bytes, "-", "size of a block");
  row("credential_bytes_max", &Limits::credential_bytes_max, "3, and 4 a block",
      "credential; its room, and that of it as it is sent");
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
  row("upgrade_bytes_max", &Limits::upgrade_bytes_max, "in the place of the largest message",
      "head of the upgrade");
  row("upgrade_headers_max", &Limits::upgrade_headers_max, "-", "its header lines");
  row("url_bytes_max", &Limits::url_bytes_max, each(&Limits::url_bytes_max, text), "URL");
  row("addresses_max", &Limits::addresses_max, each(&Limits::addresses_max, text),
      "addresses tried in one attempt, others in the next");
  row("json_depth_max", &Limits::json_depth_max, "-", "nesting of JSON read");
  row("mask_pool_bytes", &Limits::mask_pool_bytes, each(&Limits::mask_pool_bytes, text),
      "random bytes fetched at once");
  row("result_row_bytes_max", &Limits::result_row_bytes_max, "in the place of the largest message",
      "row of offline results; of `agent_gate::Limits`");
  const struct {
    const char* protocol;
    std::size_t (*bytes)(const Limits& limits);
  } protocols[] = {
      {"agent_gate", [](const Limits& limits) { return agent_gate::storage_bytes(limits); }},
      {"btp", [](const Limits& limits) { return btp::storage_bytes(limits); }},
      {"websocket", [](const Limits& limits) { return websocket::storage_bytes(limits); }},
  };
  for (const auto& [protocol, bytes] : protocols) {
    std::printf(
        "| **`%s::storage_bytes()`** | **%zu** | **%zu** | **%zu** | **%zu** | | a client, on a %zu-bit "
        "machine |\n",
        protocol, bytes(columns[0]), bytes(columns[1]), bytes(columns[2]), bytes(columns[3]),
        8 * sizeof(void*));
  }
  return EXIT_SUCCESS;
}
