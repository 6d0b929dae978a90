// A client's request for the upgrade, as the server reads it, and what the server answers.
#include "ws/accept_key.hpp"
#include "ws/http_text.hpp"
#include "ws/upgrade.hpp"

#include "../fixed_port.hpp"
#include "../upgrade_feed.hpp"

using namespace kedge;
using namespace kedge::fuzz;

namespace {

struct Asked : Verdict {
  std::string path, query, key;
};

Asked read(ws::UpgradeServer& server, std::string_view text, std::uint8_t cut) {
  server.start();
  Asked asked{feed(server, text, cut), {}, {}, {}};
  if (asked.complete) {
    asked.path = server.request().path;
    asked.query = server.request().query;
    asked.key = server.request().key;
  }
  return asked;
}

void accepted(const Asked& asked, const ws::UpgradeServer& server, std::string_view text) {
  const std::string_view head = text.substr(0, asked.taken);
  keeps_limits(head);
  PROMISE(head.starts_with("GET "), "only a GET is accepted");
  PROMISE(asked.path.starts_with('/') && ws::is_visible_ascii(asked.path + asked.query),
          "a path that can be printed");
  PROMISE(asked.path.find_first_of("?#") == std::string::npos && asked.query.find('#') == std::string::npos,
          "without query and fragment");
  PROMISE(ws::key_valid(asked.key), "with a key of 16 bytes");
  std::array<char, 256> room;
  BufferSink out{std::span<char>(room)};
  PROMISE(server.accept(out).ok(), "a 101 that fits");
  std::array<char, ws::accept_characters> accept;
  PROMISE(ws::make_accept(asked.key, accept), "SHA-1");
  PROMISE(out.text().find(std::string_view(accept.data(), accept.size())) != std::string_view::npos,
          "for its key");
}

/// A client must understand the refusal.
void refused(const Error& error, std::uint16_t retry_after) {
  const int status = error.layer_code();
  PROMISE(error.layer() == Layer::http &&
              (status == 400 || status == 405 || status == 426 || status == 431 || status == 505),
          "a refusal has one of five statuses");
  PROMISE((error.kind() == ErrorKind::too_large) == (status == 431), "431 is too_large");
  std::array<char, 512> room;
  BufferSink out{std::span<char>(room)};
  PROMISE(ws::UpgradeServer::refuse(status, std::chrono::seconds(retry_after), out).ok(),
          "room for the refusal");
  std::vector<std::byte> memory(512);
  ws::UpgradeClient client(memory, headers_max);
  FixedPort port;
  std::array<char, 512> request;
  BufferSink sink{std::span<char>(request)};
  PROMISE(client.start(port, "h", "/", ws::UpgradeExtras({}), sink).ok(), "a request");
  std::size_t taken = 0;
  const Error heard = client.feed(out.bytes(), &taken).error();
  PROMISE(heard.kind() == ErrorKind::connection && heard.layer_code() == status,
          "the client hears the same status");
  PROMISE(heard.retry_after().count() == retry_after, "and the same wait");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t cut = input.byte();
  const Exact text(input.rest());
  std::vector<std::byte> memory(head_bytes_max);
  ws::UpgradeServer server(memory, headers_max);
  const Asked whole = read(server, text.text(), 0);
  const Asked pieces = read(server, text.text(), cut);
  same_verdict(pieces, whole);
  PROMISE(pieces.path == whole.path && pieces.query == whole.query && pieces.key == whole.key,
          "and the same request");
  if (pieces.complete) accepted(pieces, server, text.text());
  if (pieces.error) refused(pieces.error, cut);
  return 0;
}
