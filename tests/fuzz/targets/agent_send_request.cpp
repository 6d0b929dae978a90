// The body of POST /ilp/send: any text gives a request within its limits that its fields explain, or an error
// that names a field.
#include "agent/send_request.hpp"

#include <kedge/json.hpp>

#include "../fuzz.hpp"
#include "../json_respell.hpp"
#include "../reference_text.hpp"

#include <optional>

using namespace kedge;
using namespace kedge::fuzz;
using namespace kedge::agent;

namespace {

constexpr std::string_view fields[] = {"destination", "amount", "data", "timeoutMs", "condition"};

bool names_a_field(std::string_view message) {
  for (const std::string_view field : fields) {
    if (message.starts_with(field)) return true;
  }
  return message.starts_with("body: ");
}

bool same(const SendRequest& a, const SendRequest& b) {
  return a.destination == b.destination && a.amount == b.amount && a.data == b.data &&
         a.timeout == b.timeout && a.condition == b.condition;
}

std::string string_of(const json::Value& value) {
  const auto raw = value.as_raw_string();
  PROMISE(raw.ok(), "a field that was taken for a string is one");
  return unescaped(*raw);
}

std::string base64_of(std::span<const std::byte> bytes) {
  return reference_base64_encode(as_text(bytes), base64_standard, true);
}

void check(const SendRequest& request, const json::Value& root) {
  std::size_t known = 0, members = 0;
  for (const json::Member& member : *root.as_object()) {
    ++members;
    for (const std::string_view field : fields) known += member.key_is(field) ? 1 : 0;
  }
  PROMISE(known == members && members >= 3 && members <= 5, "no field is unknown or there twice");
  PROMISE(string_of(root.find("destination")) == request.destination, "the destination is what was given");

  std::string digits = string_of(root.find("amount"));
  PROMISE(!digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos,
          "an amount is digits");
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  PROMISE(digits == std::to_string(request.amount), "and has their value");

  PROMISE(request.data.size() <= data_bytes_max, "data has a limit");
  PROMISE(base64_of(request.data) == string_of(root.find("data")), "base64 reads back");
  const json::Value timeout = root.find("timeoutMs");
  PROMISE(request.timeout.count() > 0 && request.timeout <= timeout_max, "a timeout is within its range");
  PROMISE((timeout.present() ? timeout.text() : "30000") == std::to_string(request.timeout.count()),
          "and what was given, or the default");
  const json::Value condition = root.find("condition");
  PROMISE(condition.present() == request.condition.has_value(), "a condition is there when it was given");
  if (request.condition) PROMISE(base64_of(*request.condition) == string_of(condition), "and is that one");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const Exact type(input.until('\n'));
  if (is_json(type.text())) {
    PROMISE(is_json(" " + std::string(type.text()) + "\t"), "white space around a type counts for nothing");
    PROMISE(!is_json("x" + std::string(type.text())), "a longer name is another type");
  }

  const Exact text(input.rest());
  const auto request = read_send_request(text.text());
  const auto root = json::parse(text.text(), 16);
  if (!request) {
    PROMISE(request.error().kind() == ErrorKind::config, "what is wrong is the request");
    PROMISE(names_a_field(request.error().message()), "an error names its field");
  } else {
    PROMISE(root && root->is_object(), "a request is a JSON object");
    check(*request, *root);
  }
  if (!root) return 0;
  const auto again = read_send_request(respelled(*root));
  PROMISE(again.ok() == request.ok(), "another spelling is as good or bad");
  if (again) PROMISE(same(*again, *request), "and asks for the same");
  return 0;
}
