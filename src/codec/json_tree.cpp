// Left out of builds for bare metal: cJSON allocates.

#include <kedge/json_reader.hpp>
#include <kedge/json_text.hpp>
#include <kedge/json_tree.hpp>
#include <kedge/secret.hpp>

#include <cjson/cJSON.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace kedge::json {
namespace {

// cJSON copies a number into 64 bytes and would take the rest for garbage.
constexpr std::size_t number_bytes_max = 63;

bool holds_nul(std::string_view raw) noexcept {
  // The reader has checked the escapes, so `\u0000` not preceded by an odd backslash is the only form.
  for (std::size_t at = 0; (at = raw.find('\\', at)) != std::string_view::npos; at += 2) {
    if (raw.substr(at, 6) == "\\u0000") return true;
  }
  return false;
}

Error at_token(const Reader& reader, const char* what) noexcept {
  return Error(ErrorKind::protocol, what)
      .append(" at byte ")
      .append(static_cast<std::int64_t>(reader.token_offset()));
}

Result<void> check(std::string_view text, std::uint8_t depth_max) noexcept {
  Reader reader(depth_max);
  reader.feed(text, true);
  for (Token token = reader.next(); token != Token::end; token = reader.next()) {
    if (token == Token::error) return reader.error();
    if ((token == Token::string || token == Token::key) && holds_nul(reader.raw())) {
      return at_token(reader, "JSON: a NUL, which a tree cannot hold, in the string");
    }
    if (token != Token::number) continue;
    if (reader.raw().size() > number_bytes_max) {
      return at_token(reader, "JSON: a number too long for a tree");
    }
    if (!to_double(reader.raw())) return at_token(reader, "JSON: a number beyond the range of a double");
  }
  return {};
}

// Sorted instead of compared pair by pair: a peer may send a hundred thousand keys.
Result<void> check_keys(const cJSON& object) noexcept {
  std::size_t count = 0;
  for (const cJSON* member = object.child; member != nullptr; member = member->next) ++count;
  if (count < 2) return {};
  const std::unique_ptr<const char*[]> keys(new (std::nothrow) const char*[count]);
  if (keys == nullptr) return Error(ErrorKind::too_large, "JSON: no memory for a tree");
  std::size_t filled = 0;
  for (const cJSON* member = object.child; member != nullptr; member = member->next) {
    keys[filled++] = member->string;
  }
  std::sort(keys.get(), keys.get() + count,
            [](const char* left, const char* right) { return std::strcmp(left, right) < 0; });
  const auto same = [](const char* left, const char* right) { return std::strcmp(left, right) == 0; };
  if (std::adjacent_find(keys.get(), keys.get() + count, same) == keys.get() + count) return {};
  return Error(ErrorKind::protocol, "JSON: a duplicate key");
}

// Recurses as deep as the text is nested: `depth_max` at most.
Result<void> check_all_keys(const cJSON& value) noexcept {
  if (cJSON_IsObject(&value) != 0) {
    Result<void> checked = check_keys(value);
    if (!checked) return checked;
  }
  for (const cJSON* child = value.child; child != nullptr; child = child->next) {
    Result<void> checked = check_all_keys(*child);
    if (!checked) return checked;
  }
  return {};
}

void wipe_text(char* text) noexcept {
  if (text != nullptr) wipe(std::as_writable_bytes(std::span(text, std::strlen(text))));
}

// Recurses as deep as cJSON_Delete does.
void wipe_texts(cJSON& value) noexcept {
  if ((value.type & cJSON_StringIsConst) == 0) wipe_text(value.string);
  if ((value.type & cJSON_IsReference) != 0) return;  // what is somebody else's stays
  wipe_text(value.valuestring);
  for (cJSON* child = value.child; child != nullptr; child = child->next) wipe_texts(*child);
}

}  // namespace

Tree::~Tree() {
  if (root_ != nullptr && content_ == TreeContent::secret) wipe_texts(*root_);
  cJSON_Delete(root_);
}

Result<Tree> parse_tree(std::string_view text, const TreeOptions& options) noexcept {
  const Result<void> checked = check(text, options.depth_max);
  if (!checked) return checked.error();
  Tree tree(cJSON_ParseWithLength(text.data(), text.size()), options.content);
  if (tree.root() == nullptr) return Error(ErrorKind::too_large, "JSON: no memory for a tree");
  if (options.duplicate_keys) return tree;
  const Result<void> unique = check_all_keys(*tree.root());
  if (!unique) return unique.error();
  return tree;
}

}  // namespace kedge::json
