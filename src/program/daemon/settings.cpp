#include "settings.hpp"

#include "../json_file.hpp"
#include "../printable.hpp"

#include <kedge/secret.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

namespace kedge::program {

namespace {

constexpr std::size_t file_bytes_max = 64 * 1024;

bool is_setting(const SettingTable& table, std::string_view name) noexcept {
  return std::any_of(table.words.begin(), table.words.end(),
                     [name](const auto& w) { return w.name == name; });
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
  for (std::string& text : texts_) wipe(std::as_writable_bytes(std::span(text)));
}

std::optional<std::string_view> SettingValues::get(SettingId setting) const noexcept {
  const std::string& text = texts_[setting.row];
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

void SettingValues::set(SettingId setting, std::string_view text) {
  std::string& old = texts_[setting.row];
  wipe(std::as_writable_bytes(std::span(old)));  // what is longer than the new one would stay behind it
  old = text;
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

// What is wrong is told by its key, never by its value, which may be a secret in the wrong place.
void offer_member(const json_file::Member& member, SettingValues& values, Problems& problems) {
  const auto words = values.table().words;
  const auto known =
      std::find_if(words.begin(), words.end(), [&](const SettingWords& w) { return w.name == member.name; });
  const std::string key = "configuration file: '" + std::string(member.spelled_name) + "' ";
  if (known == words.end()) return problems.push_back(key + "is not known");
  const SettingId setting(static_cast<std::size_t>(known - words.begin()));
  if (member.is_repeated) return problems.push_back(key + "is there twice");
  if (member.value.is_string()) {
    values.set(setting, member.value.string());
  } else if (member.value.is_whole_number()) {
    values.set(setting, member.value.spelling());
  } else if (!member.value.is_null()) {
    problems.push_back(key + "is neither a string nor an integer");
  }
}

}  // namespace

void read_settings_text(std::string_view text, SettingValues& values, Problems& problems) try {
  const json_file::File file = json_file::parse(text, "configuration file", json::TreeContent::secret);
  if (!file.root().is_object()) json_file::fail("configuration file", "it is no JSON object");
  for (const json_file::Member& member : file.root().members()) offer_member(member, values, problems);
} catch (const std::runtime_error& error) {
  problems.emplace_back(error.what());
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
