// The head of a request to a program's own API: what is taken for one that can be read in one way alone has
// each header that frames or names it once, and a target without anything that readers disagree on. The first
// line is method, target and version, each other a header; after an empty line come trailers.
#include "agent/send_request.hpp"
#include "program/http/framing_check.hpp"
#include "ws/http_text.hpp"

#include "../fuzz.hpp"

#include <map>

using namespace kedge;
using namespace kedge::fuzz;
using namespace kedge::program;

namespace {

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(), ws::to_lower);
  return small;
}

void check_target(std::string_view method, std::string_view target) {
  PROMISE(ws::is_token(method), "a method is a token");
  PROMISE(target == "*" || !path_of_target(target.substr(0, target.find('?'))).empty(), "there is a path");
  for (const char c : target) {
    PROMISE(static_cast<unsigned char>(c) > ' ' && c != 0x7F && c != '#', "what belongs into a target");
  }
  PROMISE(target.find("%00") == std::string_view::npos, "no zero");
  const std::string_view path = target.substr(0, target.find('?'));
  PROMISE(lower(path).find("%2f") == std::string::npos, "no slash in disguise");
  PROMISE(target == "*" || target.front() == '/' || !authority_of_target(target).empty(),
          "a path, or an authority before it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Input first(data, input.until('\n').size());
  const Exact method(first.until(' '));
  const Exact target(first.until(' '));
  const auto version = first.rest() == "HTTP/1.0" ? HttpVersion::http_1_0 : HttpVersion::later;
  if (fault_of_target(method.text(), target.text()).empty()) check_target(method.text(), target.text());

  FramingCheck check;
  std::map<std::string, int> seen;
  bool tokens = true, chunked = false, trailers = false;
  while (!input.empty()) {
    Exact line(input.until('\n'));
    if (line.text().empty()) {
      trailers = true;
      continue;
    }
    const std::size_t colon = std::min(line.text().find(':'), line.text().size());
    const std::string_view name = line.text().substr(0, colon);
    const std::string_view value = line.text().substr(std::min(colon + 1, line.text().size()));
    tokens = tokens && ws::is_token(name);
    ++seen[lower(name)];
    if (lower(name) == "transfer-encoding") chunked = lower(value) == "chunked";
    if (lower(name) == "content-type") (void)agent::is_json(value);
    trailers ? check.trailer(name, value) : check.header(name, value);
  }
  (void)check.keeps_alive(version);
  if (!check.fault(version).empty()) return 0;
  PROMISE(tokens, "a name is a token");
  for (const char* once : {"content-length", "transfer-encoding", "host", "origin", "content-type"}) {
    PROMISE(seen[once] <= 1, "once");
  }
  PROMISE(seen["transfer-encoding"] == 0 || (chunked && seen["content-length"] == 0), "one length");
  PROMISE(seen["transfer-encoding"] == 0 || version == HttpVersion::later, "no chunks in HTTP/1.0");
  return 0;
}
