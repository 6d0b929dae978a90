#include "settings.hpp"

#include <kedge/json_tree.hpp>
#include <kedge/secret.hpp>

#include <cjson/cJSON.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace kedge::agent {

namespace {

constexpr std::size_t file_bytes_max = 64 * 1024;
constexpr double exact_max = 9007199254740992;  // 2^53: integers beyond lose digits in a double

constexpr std::array<SettingWords, setting_count> words{{
    {"CONNECTOR_BTP_URL", "sending is off", "the connector: ws:// or wss://"},
    {"CONNECTOR_BTP_AUTH_TOKEN", "", "the secret to show it; needed when the URL is set"},
    {"CONNECTOR_BTP_AUTH_TOKEN_FILE", "", "file that holds the secret instead; read again at SIGHUP"},
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

std::optional<Setting> setting_named(std::string_view name) noexcept {
  const auto found =
      std::find_if(words.begin(), words.end(), [name](const auto& w) { return w.name == name; });
  if (found == words.end()) return std::nullopt;
  return static_cast<Setting>(found - words.begin());
}

void wipe_text(char* text, std::size_t size) noexcept {
  wipe(std::as_writable_bytes(std::span(text, size)));
}

void offer_member(cJSON& member, SettingValues& values, Problems& problems) {
  const std::string name(member.string);
  const auto setting = setting_named(name);
  if (!setting) {
    problems.push_back("configuration file: '" + name + "' is not known");
  } else if (cJSON_IsString(&member) != 0) {
    values.set(*setting, member.valuestring);
  } else if (cJSON_IsNumber(&member) != 0 && std::abs(member.valuedouble) <= exact_max &&
             member.valuedouble == std::trunc(member.valuedouble)) {
    values.set(*setting, std::to_string(static_cast<std::int64_t>(member.valuedouble)));
  } else if (cJSON_IsNull(&member) == 0) {
    problems.push_back("configuration file: '" + name + "' is neither a string nor an integer");
  }
  if (cJSON_IsString(&member) != 0) wipe_text(member.valuestring, std::strlen(member.valuestring));
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
  const bool secret = get(Setting::token) || get(Setting::token_file);
  for (std::size_t i = 0; i < setting_count; ++i) {
    const auto setting = static_cast<Setting>(i);
    if (secret && (setting == Setting::token || setting == Setting::token_file)) continue;
    if (texts_[i].empty()) texts_[i] = others.texts_[i];
  }
}

void read_environment(SettingValues& values) {
  for (std::size_t i = 0; i < setting_count; ++i) {
    if (const char* text = std::getenv(words[i].name.data())) values.set(static_cast<Setting>(i), text);
  }
}

void read_settings_text(std::string_view text, SettingValues& values, Problems& problems) {
  const auto tree = json::parse_tree(text, 8);
  if (!tree) {
    problems.push_back("configuration file: " + std::string(tree.error().message()));
  } else if (cJSON_IsObject(tree->root()) == 0) {
    problems.emplace_back("configuration file: it is no JSON object");
  } else {
    for (cJSON* member = tree->root()->child; member != nullptr; member = member->next) {
      offer_member(*member, values, problems);
    }
  }
}

void read_settings_file(const std::string& path, SettingValues& values, Problems& problems) {
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) {
    problems.push_back("configuration file " + path + ": " + std::strerror(errno));
    return;
  }
  // Unbuffered, and wiped: there may be a secret in it.
  std::setvbuf(file, nullptr, _IONBF, 0);
  std::string text(file_bytes_max + 1, '\0');
  const std::size_t size = std::fread(text.data(), 1, text.size(), file);
  const int failed = std::ferror(file) != 0 ? errno : 0;
  std::fclose(file);
  if (failed != 0) {
    problems.push_back("configuration file " + path + ": " + std::strerror(failed));
  } else if (size > file_bytes_max) {
    problems.push_back("configuration file " + path + ": larger than 64 KiB");
  } else {
    read_settings_text({text.data(), size}, values, problems);
  }
  wipe_text(text.data(), text.size());
}

}  // namespace kedge::agent
