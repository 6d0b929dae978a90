// Limits: what check() lets pass makes a client that fits into storage_bytes(), with not one byte to spare.
#include <kedge/agent_gate.hpp>
#include <kedge/limits.hpp>
#include <kedge/storage.hpp>

#include "../fixed_port.hpp"
#include "../fuzz.hpp"

using namespace kedge;
using namespace kedge::fuzz;

namespace {

using agent_gate::Limits;

Limits limits_of(Input& input) {
  Limits limits = Limits::tiny();
  while (!input.empty()) {
    const std::uint8_t which = input.byte();
    const auto value = static_cast<std::uint32_t>(input.number(which >= 128 ? 4 : 2));
    const auto narrow = static_cast<std::uint16_t>(value);
    switch (which % 19U) {
      case 0:
        limits.pending_max = narrow;
        break;
      case 1:
        limits.outbound_messages_max = narrow;
        break;
      case 2:
        limits.outbound_bytes = value;
        break;
      case 3:
        limits.outbound_block_bytes = narrow;
        break;
      case 4:
        limits.reserved_messages_max = narrow;
        break;
      case 5:
        limits.reserved_bytes = value;
        break;
      case 6:
        limits.outbound_message_bytes_max = value;
        break;
      case 7:
        limits.inbound_message_bytes_max = value;
        break;
      case 8:
        limits.read_buffer_bytes = value;
        break;
      case 9:
        limits.write_buffer_bytes = value;
        break;
      case 10:
        limits.fragment_bytes_max = value;
        break;
      case 11:
        limits.upgrade_bytes_max = narrow;
        break;
      case 12:
        limits.upgrade_headers_max = narrow;
        break;
      case 13:
        limits.url_bytes_max = narrow;
        break;
      case 14:
        limits.addresses_max = static_cast<std::uint8_t>(value);
        break;
      case 15:
        limits.json_depth_max = static_cast<std::uint8_t>(value);
        break;
      case 17:
        limits.credential_bytes_max = narrow;
        break;
      case 16:
        limits.result_row_bytes_max = value;
        break;
      default:
        limits.mask_pool_bytes = narrow;
        break;
    }
  }
  return limits;
}

Result<bool> connect(const Limits& limits, std::size_t bytes) {
  FixedPort port;
  // Behind an odd byte: storage need not be aligned for anything.
  std::vector<std::byte> memory(bytes + 1);
  agent_gate::Config config;
  config.client.url = "ws://10.0.0.1/";
  config.client.credentials = [](Secret& secret) noexcept { return secret.assign("token"); };
  agent_gate::Client client(port, std::move(config), limits, std::span(memory).subspan(1));
  const bool refused = !check(limits).ok();
  auto started = client.tool_request("tool", R"({"n":1})", [](const Outcome&) noexcept {});
  PROMISE(!refused || !started, "a client that could not be made starts nothing");
  const auto connected = client.connect();
  // The port leads nowhere: an attempt that was begun is ended with the client's close.
  client.close();
  return connected;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t missing = input.byte();
  const agent_gate::Limits limits = limits_of(input);
  const auto checked = check(limits);
  const std::size_t bytes = storage_bytes(limits);
  if (bytes > 8 * 1024 * 1024) return 0;
  if (!checked) {
    const std::string_view message = checked.error().message();
    PROMISE(checked.error().kind() == ErrorKind::config && message.starts_with("Limits::"),
            "a bad limit is named");
    const auto refused = connect(limits, bytes);
    PROMISE(!refused && same(refused.error(), checked.error()), "and connect() says the same");
    return 0;
  }
  PROMISE(bytes >= limits.inbound_message_bytes_max, "storage_bytes is a sum that does not wrap");
  PROMISE(connect(limits, bytes).ok(), "storage_bytes is enough for limits that pass");
  if (missing > 0) {
    const auto too_small = connect(limits, bytes - std::min<std::size_t>(bytes, missing * 64U));
    PROMISE(too_small || too_small.error().kind() == ErrorKind::config, "less is enough, or a config error");
  }
  return 0;
}
