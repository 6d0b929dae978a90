// A proxy's answer to CONNECT, as the client reads it.
#include "ws/proxy_connect.hpp"

#include "../upgrade_feed.hpp"

using namespace kedge;
using namespace kedge::fuzz;

namespace {

/// The end that reads it.
struct Reader {
  explicit Reader(bool has_credential_in) : has_credential(has_credential_in) {
    head.start(ws::Answerer::proxy);
  }
  Result<bool> feed(std::span<const std::byte> bytes, std::size_t* taken) noexcept {
    return ws::read_connect(head, bytes, has_credential, taken);
  }

  std::vector<std::byte> memory = std::vector<std::byte>(head_bytes_max);
  ws::ResponseHead head{memory, headers_max};
  bool has_credential;
};

void check(const Verdict& answer, const ws::UpgradeResponse& response, std::string_view text) {
  const ErrorKind kind = answer.error.kind();
  const int status = answer.error.layer_code();
  PROMISE(kind == ErrorKind::none || answer.error.layer() == Layer::proxy, "errors are the proxy's");
  PROMISE((kind == ErrorKind::authentication) == (status == 401 || status == 407),
          "401 and 407 are credentials");
  PROMISE((kind == ErrorKind::connection || kind == ErrorKind::authentication) == (status != 0),
          "a refusal has its status");
  PROMISE(status / 100 != 2, "which is no tunnel's");
  for (const char c : answer.error.message()) PROMISE(c >= ' ' && c <= '~', "words print");
  PROMISE(response.retry_after >= std::chrono::seconds::zero(), "no wait is negative");
  if (!answer.complete) return;
  PROMISE(response.status / 100 == 2, "only a 2xx is a tunnel");
  const std::string_view head = text.substr(0, answer.taken);
  // Behind interim answers.
  constexpr std::string_view end = "\r\n\r\n";
  const std::size_t before = head.substr(0, head.size() - end.size()).rfind(end);
  keeps_limits(before == std::string_view::npos ? head : head.substr(before + end.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t cut = input.byte();
  const std::string_view text = input.rest();
  Reader at_once(cut % 2 == 0);
  const Verdict whole = feed(at_once, text, 0);
  check(whole, at_once.head.response(), text);
  Reader in_pieces(cut % 2 == 0);
  const Verdict pieces = feed(in_pieces, text, cut);
  same_verdict(pieces, whole);
  PROMISE(in_pieces.head.response().status == at_once.head.response().status, "and the same status");
  return 0;
}
