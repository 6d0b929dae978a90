// One message to the hub's gate, and the answers it makes of it.
#include "hub/agent_gate/rpc.hpp"

#include "protocol/agent_gate/reply.hpp"

#include "../fuzz.hpp"
#include "../json_respell.hpp"
#include "../reference_json.hpp"

using namespace kedge;
using namespace kedge::fuzz;
using namespace kedge::hub::agent_gate;

namespace {

/// Our own client must understand an answer, and find the id in the spelling of its question.
void answer(const std::string& text, std::string_view id, bool error) {
  const auto parsed = json::parse(text, 255);
  PROMISE(parsed && parsed->find("id").text() == id, "an answer is JSON with the id as it was spelled");
  const auto reply = kedge::agent_gate::read_reply(text, 255);
  PROMISE(reply && static_cast<bool>(reply->error) == error, "and one that a client reads");
}

void check(const Message& message, std::string_view text) {
  using Reading = Message::Reading;
  const bool valid = ReferenceJson::valid(text, 64);
  PROMISE((message.reading == Reading::parse_error) != valid, "what is not JSON is a parse error");
  PROMISE(ReferenceJson::valid(message.id, 0), "an id is a number, a string or null");
  PROMISE(message.reading != Reading::request || message.id != "null", "a request has one");
  answer(error_reply(message.id, code::invalid_request, "Invalid request"), message.id, true);
  answer(result_reply(message.id, R"({"status":"authenticated"})"), message.id, false);
  const std::string id = id_as_text(message.id);
  PROMISE(message.id.front() != '"' || json::parse(message.id, 0)->equals(id), "an id's text is its meaning");
  if (message.reading != Reading::request) return;
  PROMISE(reference_utf8(message.method) == Utf8Ending::whole, "a method is UTF-8");
  const json::Value args = message.params.find("args");
  if (args.text().empty()) return;
  const std::string result = status_data("executed", args.text());
  const auto read = kedge::agent_gate::read_tool_result(result, 255);
  PROMISE(!read.error && read.data == args.text(), "data goes through as it is");
  answer(result_reply(message.id, result), message.id, false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Exact text({reinterpret_cast<const char*>(data), size});
  check(read_message(text.text()), text.text());
  const std::string in_quotes = quoted(text.text());
  PROMISE(in_quotes.empty() == (reference_utf8(text.text()) != Utf8Ending::whole),
          "UTF-8, and only that, can be quoted");
  if (in_quotes.empty()) return 0;
  const auto value = json::parse(in_quotes, 0);
  PROMISE(value && string_of(*value) == text.text(), "what is quoted reads back");
  PROMISE(both_reply("1", in_quotes) != "" && !kedge::agent_gate::read_reply(both_reply("1", in_quotes), 255),
          "an answer that is both is one that no client takes");
  return 0;
}
