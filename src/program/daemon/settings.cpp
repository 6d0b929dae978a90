#include "settings.hpp"

#include "../../base/whole_number.hpp"
#include "../printable.hpp"

#include <kedge/json_value.hpp>
#include <kedge/secret.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace kedge::program {

namespace {

constexpr std::size_t file_bytes_max = 64 * 1024;

bool is_setting(const SettingTable& table, std::string_view name) noexcept {
  return std::any_of(table.words.begin(), table.words.end(),
                     [name](const auto& w) { return w.name == name; });
}

void wipe_text(char* text, std::size_t size) noexcept {
  wipe(std::as_writable_bytes(std::span(text, size)));
}

// Kubernetes, and Docker's links before it, tell of a service by variables that begin with its name: of one
// that is called `http`, HTTP_PORT is a URL.
bool is_service_url(std::string_view value) noexcept {
  return value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://");
}
bool tells_of_a_service(std::string_view name, std::string_view value) noexcept {
  constexpr std::array<std::string_view, 5> parts{"_SERVICE_HOST", "_SERVICE_PORT", "_TCP_", "_UDP_",
                                                  "_SCTP_"};
  return is_service_url(value) || std::any_of(parts.begin(), parts.end(), [name](std::string_view part) {
           return name.find(part) != std::string_view::npos;
         });
}

void name_unknown_variables(const SettingTable& table, Problems& warnings) {
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view whole(*variable);
    const std::string_view name = whole.substr(0, whole.find('='));
    if (!name.starts_with(table.prefix) || is_setting(table, name) || name.size() == whole.size()) continue;
    if (tells_of_a_service(name, whole.substr(name.size() + 1))) continue;
    warnings.push_back(printable(name) + ": not known");
  }
}

}  // namespace

SettingValues::~SettingValues() {
  for (std::string& text : texts_) wipe_text(text.data(), text.size());
}

std::optional<std::string_view> SettingValues::get(SettingId setting) const noexcept {
  const std::string& text = texts_[setting.row];
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

void SettingValues::set(SettingId setting, std::string_view text) {
  texts_[setting.row] = text;
}

void SettingValues::add_missing(const SettingValues& others) {
  bool secret = false;
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    const SettingWords& words = table_.words[i];
    if (words.of_the_secret && !texts_[i].empty() && texts_[i] != words.fallback) secret = true;
  }
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    if (secret && table_.words[i].of_the_secret) continue;
    if (texts_[i].empty()) texts_[i] = others.texts_[i];
  }
}

void read_environment(SettingValues& values, Problems& warnings) {
  for (std::size_t i = 0; i < values.table().words.size(); ++i) {
    const std::string_view name = values.table().words[i].name;
    const char* text = std::getenv(std::string(name).c_str());
    if (text == nullptr) continue;
    if (name.ends_with("_PORT") && is_service_url(text)) {
      warnings.push_back(std::string(name) +
                         ": the URL of a service, as Kubernetes sets it, and no port: not taken");
    } else {
      values.set(SettingId(i), text);
    }
  }
  name_unknown_variables(values.table(), warnings);
}

namespace {

void offer_string(const std::string& key, SettingId setting, const json::Value& value, SettingValues& values,
                  Problems& problems) {
  std::string text(value.text().size(), '\0');
  const auto read = value.as_string(text);
  if (read && read->find('\0') == std::string_view::npos) {
    values.set(setting, *read);
  } else {
    problems.push_back(key + "is no text that a variable could hold");
  }
  wipe_text(text.data(), text.size());
}

// What is wrong is told by its key, never by its value, which may be a secret in the wrong place.
void offer_member(const json::Member& member, std::vector<bool>& seen, SettingValues& values,
                  Problems& problems) {
  const auto words = values.table().words;
  const auto known =
      std::find_if(words.begin(), words.end(), [&](const SettingWords& w) { return member.key_is(w.name); });
  const std::string key = "configuration file: '" + std::string(member.raw_key) + "' ";
  if (known == words.end()) return problems.push_back(key + "is not known");
  const SettingId setting(static_cast<std::size_t>(known - words.begin()));
  if (seen[setting.row]) return problems.push_back(key + "is there twice");
  seen[setting.row] = true;
  if (member.value.is_string()) {
    offer_string(key, setting, member.value, values, problems);
  } else if (member.value.is_number() && is_digits(member.value.text())) {
    values.set(setting, member.value.text());
  } else if (!member.value.is_null()) {
    problems.push_back(key + "is neither a string nor an integer");
  }
}

}  // namespace

void read_settings_text(std::string_view text, SettingValues& values, Problems& problems) {
  // json::Value and not cJSON's tree: numbers stay as they are spelled.
  const auto root = json::parse(text, 8);
  if (!root) {
    problems.push_back("configuration file: " + std::string(root.error().message()));
    return;
  }
  const auto object = root->as_object();
  if (!object) {
    problems.emplace_back("configuration file: it is no JSON object");
    return;
  }
  std::vector<bool> seen(values.table().words.size());
  for (const json::Member& member : *object) offer_member(member, seen, values, problems);
}

Result<void> read_settings_file(const std::string& path, SettingValues& values, Problems& problems,
                                const Patience& patience) {
  KeptFile file(path, file_bytes_max);
  const auto prepared = file.prepare(patience);
  if (prepared.error().kind() == ErrorKind::cancelled) return prepared;
  const auto text = prepared ? file.read() : prepared.error();
  if (text) {
    read_settings_text((*text)->view(), values, problems);
  } else {
    problems.push_back("configuration file " + path + ": " + std::string(text.error().message()));
  }
  return {};
}

}  // namespace kedge::program
