// A server's answer to the upgrade, as the client reads it. `{accept}` in an input becomes the right accept
// value.
#include "ws/accept_key.hpp"
#include "ws/upgrade.hpp"

#include "../fixed_port.hpp"
#include "../fuzz.hpp"

using namespace kedge;
using namespace kedge::fuzz;

namespace {

constexpr std::uint16_t head_bytes_max = 700;
constexpr std::uint16_t headers_max = 12;

struct Answer {
  bool complete = false;
  Error error;
  std::size_t taken = 0;
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
  Answer answer;
  for (Cuts cuts(cut, text); !cuts.done() && !answer.complete && !answer.error;) {
    const Exact piece = cuts.next();
    std::size_t taken = 0;
    const auto fed = client.feed(piece.bytes(), &taken);
    PROMISE(taken <= piece.text().size(), "no more is taken than was given");
    answer.taken += taken;
    answer.error = fed.error();
    answer.complete = fed.ok() && *fed;
    PROMISE(!fed || *fed || taken == piece.text().size(), "an unfinished head takes all");
  }
  std::size_t taken = 0;
  const auto again = client.feed({}, &taken);
  PROMISE(same(again.error(), answer.error) && taken == 0, "an error stays the same");
  PROMISE(!again || *again == answer.complete, "and so does a complete head");
  answer.response = client.response();
  return answer;
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
  PROMISE(answer.response.status == 101 && head.ends_with("\r\n\r\n"), "only a whole 101 is accepted");
  const std::string_view last_head = head.substr(head.rfind("HTTP/1.1 101"));
  PROMISE(last_head.size() <= head_bytes_max && last_head.find(accept) != std::string_view::npos,
          "within its limit and with the right accept value");
  PROMISE(std::count(last_head.begin(), last_head.end(), '\n') <= headers_max + 2,
          "and with no more headers");
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
  PROMISE(pieces.complete == whole.complete && same(pieces.error, whole.error),
          "pieces give the same verdict");
  PROMISE(!whole.complete || pieces.taken == whole.taken, "and leave the same bytes for frames");
  PROMISE(pieces.response.status == whole.response.status && pieces.response.date == whole.response.date &&
              pieces.response.retry_after == whole.response.retry_after,
          "and the same response");
  return 0;
}
