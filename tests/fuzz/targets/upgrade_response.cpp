// A server's answer to the upgrade, as the client reads it. `{accept}` in an input becomes the right accept
// value.
#include "ws/accept_key.hpp"
#include "ws/upgrade.hpp"

#include "../fixed_port.hpp"
#include "../upgrade_feed.hpp"

using namespace kedge;
using namespace kedge::fuzz;

namespace {

struct Answer : Verdict {
  ws::UpgradeResponse response;
};

/// Starts an upgrade; returns the accept value that the server must send.
std::string start(ws::UpgradeClient& client) {
  FixedPort port;
  std::array<char, 512> request;
  BufferSink out{std::span<char>(request)};
  PROMISE(client.start(port, "gateway", "/", ws::UpgradeExtras({}), out).ok(),
          "a request that fits its sink");
  constexpr std::string_view field = "Sec-WebSocket-Key: ";
  const std::string_view key = out.text().substr(out.text().find(field) + field.size(), ws::key_characters);
  std::array<char, ws::accept_characters> accept;
  PROMISE(ws::make_accept(key, accept), "SHA-1");
  return {accept.data(), accept.size()};
}

Answer read(ws::UpgradeClient& client, std::string_view text, std::uint8_t cut) {
  const Verdict verdict = feed(client, text, cut);
  return {verdict, client.response()};
}

void check(const Answer& answer, std::string_view text, std::string_view accept) {
  const ErrorKind kind = answer.error.kind();
  PROMISE(kind == ErrorKind::none || answer.error.layer() == Layer::http, "errors are HTTP's");
  PROMISE(kind == ErrorKind::none || kind == ErrorKind::authentication || kind == ErrorKind::connection ||
              kind == ErrorKind::protocol || kind == ErrorKind::too_large,
          "of the kinds that are told");
  PROMISE(answer.response.retry_after >= std::chrono::seconds::zero(), "no wait is negative");
  const int status = answer.error.layer_code();
  PROMISE((kind == ErrorKind::authentication) == (status == 401 || status == 403),
          "401 and 403 are credentials");
  if (!answer.complete) return;
  const std::string_view head = text.substr(0, answer.taken);
  PROMISE(answer.response.status == 101, "only a 101 is accepted");
  // Behind interim answers; a value may look like a status line.
  constexpr std::string_view end = "\r\n\r\n";
  const std::size_t before = head.substr(0, head.size() - end.size()).rfind(end);
  const std::string_view last_head =
      before == std::string_view::npos ? head : head.substr(before + end.size());
  keeps_limits(last_head);
  PROMISE(last_head.find(accept) != std::string_view::npos, "only the right accept value is");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t cut = input.byte();
  std::string text(input.rest());
  std::vector<std::byte> memory(head_bytes_max);
  ws::UpgradeClient client(memory, headers_max);
  const std::string accept = start(client);
  constexpr std::string_view placeholder = "{accept}";
  for (std::size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at)) {
    text.replace(at, placeholder.size(), accept);
  }
  const Answer whole = read(client, text, 0);
  check(whole, text, accept);
  start(client);
  const Answer pieces = read(client, text, cut);
  same_verdict(pieces, whole);
  PROMISE(pieces.response.status == whole.response.status && pieces.response.date == whole.response.date &&
              pieces.response.retry_after == whole.response.retry_after,
          "and the same response");
  return 0;
}
