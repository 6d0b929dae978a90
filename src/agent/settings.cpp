#include "settings.hpp"

#include "../base/whole_number.hpp"
#include "../program/printable.hpp"

#include <kedge/json_value.hpp>
#include <kedge/secret.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace kedge::agent {

namespace {

constexpr std::size_t file_bytes_max = 64 * 1024;

constexpr std::array<SettingWords, setting_count> words{{
    {"CONNECTOR_BTP_URL", "sending is off", "the connector: ws:// or wss://"},
    {"CONNECTOR_BTP_AUTH_TOKEN", "",
     "the secret to show it; needed when the URL is set, or one of the next two"},
    {"CONNECTOR_BTP_AUTH_TOKEN_FILE", "", "file that holds the secret instead; read again at SIGHUP"},
    {"CONNECTOR_BTP_AUTH_NONE", "0", "1: the connector lets us in without a secret; an empty one is shown"},
    {"CONNECTOR_BTP_PEER_ID", "agent-runtime", "who we are to the connector"},
    {"CONNECTOR_BTP_DIALECT", "crosstown", "crosstown or btp2"},
    {"CONNECTOR_BTP_MAX_RETRIES", "none", "reconnects in a row before giving up for good; none: never"},
    {"CONNECTOR_BTP_PACKET_TIMEOUT_MS", "what the packet leaves", "longest wait for the answer to a packet"},
    {"CONNECTOR_BTP_CA_FILE", "the system's CAs", "PEM file of the CAs to trust; read again at SIGHUP"},
    {"CONNECTOR_BTP_CERT_FILE", "", "PEM file of our certificate, for a connector that asks; likewise"},
    {"CONNECTOR_BTP_KEY_FILE", "", "PEM file of its private key; likewise"},
    {"NODE_ID", "agent-runtime", "our name in GET /health"},
    {"HTTP_HOST", "127.0.0.1", "address that the HTTP API listens on"},
    {"HTTP_PORT", "8080", "its port; 0 takes a free one"},
    {"SHUTDOWN_GRACE_MS", "5000", "time that requests in flight have to finish at SIGTERM and SIGINT"},
}};

bool is_setting(std::string_view name) noexcept {
  return std::any_of(words.begin(), words.end(), [name](const auto& w) { return w.name == name; });
}

void wipe_text(char* text, std::size_t size) noexcept {
  wipe(std::as_writable_bytes(std::span(text, size)));
}

void offer_string(Setting setting, const json::Value& value, SettingValues& values, Problems& problems) {
  std::string text(value.text().size(), '\0');
  const auto read = value.as_string(text);
  if (read && read->find('\0') == std::string_view::npos) {
    values.set(setting, *read);
  } else {
    problems.push_back("configuration file: '" + std::string(name_of(setting)) +
                       "' is no text that a variable could hold");
  }
  wipe_text(text.data(), text.size());
}

using SettingsSeen = std::array<bool, setting_count>;

// What is wrong is told by its key, never by its value, which may be a secret in the wrong place.
void offer_member(const json::Member& member, SettingsSeen& seen, SettingValues& values, Problems& problems) {
  const auto known = std::find_if(words.begin(), words.end(),
                                  [&member](const SettingWords& w) { return member.key_is(w.name); });
  const std::string key = "configuration file: '" + std::string(member.raw_key) + "' ";
  if (known == words.end()) return problems.push_back(key + "is not known");
  const auto setting = static_cast<Setting>(known - words.begin());
  if (std::exchange(seen[static_cast<std::size_t>(setting)], true)) {
    problems.push_back(key + "is there twice");
  } else if (member.value.is_string()) {
    offer_string(setting, member.value, values, problems);
  } else if (member.value.is_number() && is_digits(member.value.text())) {
    values.set(setting, member.value.text());
  } else if (!member.value.is_null()) {
    problems.push_back(key + "is neither a string nor an integer");
  }
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

void name_unknown_variables(Problems& warnings) {
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view whole(*variable);
    const std::string_view name = whole.substr(0, whole.find('='));
    if (!name.starts_with("CONNECTOR_") || is_setting(name) || name.size() == whole.size()) continue;
    if (tells_of_a_service(name, whole.substr(name.size() + 1))) continue;
    warnings.push_back(program::printable(name) + ": not known");
  }
}

}  // namespace

std::span<const SettingWords, setting_count> all_settings() noexcept {
  return words;
}

std::string_view name_of(Setting setting) noexcept {
  return words[static_cast<std::size_t>(setting)].name;
}

SettingValues::~SettingValues() {
  for (std::string& text : texts_) wipe_text(text.data(), text.size());
}

std::optional<std::string_view> SettingValues::get(Setting setting) const noexcept {
  const std::string& text = texts_[static_cast<std::size_t>(setting)];
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

void SettingValues::set(Setting setting, std::string_view text) {
  texts_[static_cast<std::size_t>(setting)] = text;
}

void SettingValues::add_missing(const SettingValues& others) {
  const bool secret = get(Setting::token) || get(Setting::token_file) || without_token();
  for (std::size_t i = 0; i < setting_count; ++i) {
    const auto setting = static_cast<Setting>(i);
    const bool of_a_secret =
        setting == Setting::token || setting == Setting::token_file || setting == Setting::no_token;
    if (secret && of_a_secret) continue;
    if (texts_[i].empty()) texts_[i] = others.texts_[i];
  }
}

void read_environment(SettingValues& values, Problems& warnings) {
  for (std::size_t i = 0; i < setting_count; ++i) {
    const char* text = std::getenv(words[i].name.data());
    if (text == nullptr) continue;
    if (static_cast<Setting>(i) == Setting::http_port && is_service_url(text)) {
      warnings.push_back(std::string(words[i].name) +
                         ": the URL of a service, as Kubernetes sets it, and no port: not taken");
    } else {
      values.set(static_cast<Setting>(i), text);
    }
  }
  name_unknown_variables(warnings);
}

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
  SettingsSeen seen{};
  for (const json::Member& member : *object) offer_member(member, seen, values, problems);
}

Result<void> read_settings_file(const std::string& path, SettingValues& values, Problems& problems,
                                const program::Patience& patience) {
  program::KeptFile file(path, file_bytes_max);
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

}  // namespace kedge::agent
