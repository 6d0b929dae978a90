// What UpgradeClient writes, whatever a protocol adds to it, UpgradeServer reads; and the other way round.
#include "ws/authority.hpp"
#include "ws/http_text.hpp"
#include "ws/upgrade.hpp"

#include "../fixed_port.hpp"
#include "../fuzz.hpp"

using namespace kedge;
using namespace kedge::fuzz;

namespace {

struct Header {
  std::string name, value;
};

std::string without_letters(std::string text) {
  for (char& c : text) {
    if (ws::is_alpha(c) || ws::is_digit(c)) c = 'x';
  }
  return text;
}

/// What the extras took, as the input says: h NAME : VALUE, or q NAME : VALUE, a line each.
std::vector<Header> fill(ws::UpgradeExtras& extras, Input& input) {
  std::vector<Header> headers;
  while (!input.empty()) {
    const bool query = input.byte() == 'q';
    const std::string name(input.until(':'));
    const std::string value(input.until('\n'));
    const std::string before_headers(extras.headers());
    const std::string before_query(extras.query());
    const auto added = query ? extras.add_query(name, value) : extras.add_header(name, value);
    if (!added) {
      PROMISE(before_headers == extras.headers() && before_query == extras.query(),
              "on an error nothing is added");
      // Its letters count for nothing, so an error that held any of them would change with them.
      const std::string other = without_letters(value);
      const auto again = query ? extras.add_query(name, other) : extras.add_header(name, other);
      PROMISE(same(again.error(), added.error()), "no error holds the value");
    } else if (!query) {
      headers.push_back({name, value});
    }
  }
  return headers;
}

void check(const ws::UpgradeServer& server, std::string_view target, const ws::UpgradeExtras& extras,
           const std::vector<Header>& headers) {
  const std::size_t question = target.find('?');
  std::string path(target.substr(0, question));
  if (!path.starts_with('/')) path.insert(0, "/");
  std::string query(question == std::string_view::npos ? "" : target.substr(question + 1));
  if (!extras.query().empty())
    query += (question == std::string_view::npos ? "" : "&") + std::string(extras.query());
  PROMISE(server.request().path == path && server.request().query == query,
          "the server sees the same path and query");
  for (const Header& header : headers) {
    const auto first = std::find_if(headers.begin(), headers.end(), [&](const Header& other) {
      return ws::equal_without_case(other.name, header.name);
    });
    PROMISE(server.header(header.name) == ws::trimmed(first->value), "and the same headers");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::size_t room = input.number(2) % 512U;
  const std::string host(input.until('\n'));
  const std::string target(input.until('\n'));
  std::vector<char> extras_memory(room);
  ws::UpgradeExtras extras(extras_memory);
  const std::vector<Header> headers = fill(extras, input);

  FixedPort port;
  std::vector<std::byte> client_memory(512), server_memory(4096);
  std::vector<char> request(4096), response(512);
  ws::UpgradeClient client(client_memory, 16);
  BufferSink out{std::span<char>(request)};
  const auto started = client.start(port, host, target, extras, out);
  if (!started) return 0;
  // What the URL's reader would have refused is not the upgrade's business.
  if (!ws::parse_authority(host).fault.empty() || target.find('#') != std::string::npos) return 0;

  ws::UpgradeServer server(server_memory, 1000);
  std::size_t taken = 0;
  const auto asked = server.feed(out.bytes(), &taken);
  PROMISE(asked && *asked && taken == out.size(), "the server accepts the client's request, all of it");
  check(server, target, extras, headers);
  BufferSink answer{std::span<char>(response)};
  PROMISE(server.accept(answer).ok(), "a 101");
  const auto accepted = client.feed(answer.bytes(), &taken);
  PROMISE(accepted && *accepted && taken == answer.size(), "the client accepts the server's answer");
  extras.clear();
  PROMISE(std::all_of(extras_memory.begin(), extras_memory.end(), [](char c) { return c == 0; }),
          "extras are wiped");
  return 0;
}
