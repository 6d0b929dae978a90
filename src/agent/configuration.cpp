#include "configuration.hpp"

#include "../base/whole_number.hpp"
#include "../codec/utf8.hpp"
#include "../program/address.hpp"
#include "../program/token.hpp"
#include "../ws/url.hpp"

#include <limits>

namespace kedge::agent {

namespace {

// As many milliseconds as 31 bits hold: 24 days.
constexpr std::uint64_t duration_max_ms = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t name_bytes_max = btp::peer_id_bytes_max;

class Reading {
 public:
  Reading(const SettingValues& values, Problems& problems) : values_(values), problems_(problems) {}

  [[nodiscard]] bool given(Setting setting) const noexcept { return values_.get(setting).has_value(); }
  [[nodiscard]] std::string_view text(Setting setting) const noexcept {
    return values_.get(setting).value_or(std::string_view());
  }
  void wrong(Setting setting, std::string_view what) {
    problems_.push_back(std::string(name_of(setting)).append(": ").append(what));
  }

  /// An integer within its range, or none.
  std::optional<std::uint64_t> number(Setting setting, std::uint64_t least, std::uint64_t most) {
    const std::string_view digits = text(setting);
    if (digits.empty()) return std::nullopt;
    if (const auto number = whole_number(digits, least, most)) return number;
    wrong(setting, "not an integer from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
  }
  std::optional<std::chrono::milliseconds> milliseconds(Setting setting, std::uint64_t least) {
    const auto count = number(setting, least, duration_max_ms);
    if (!count) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(*count));
  }
  /// A name for others to see.
  void name(Setting setting, std::string& into) {
    if (!given(setting)) return;
    into = text(setting);
    if (into.size() > name_bytes_max)
      wrong(setting, "longer than " + std::to_string(name_bytes_max) + " bytes");
    if (!codec::utf8_valid(into)) wrong(setting, "not UTF-8");
  }

 private:
  const SettingValues& values_;
  Problems& problems_;
};

void read_url(Reading& reading, Configuration& configuration) {
  if (!reading.given(Setting::url)) return;
  configuration.url = reading.text(Setting::url);
  if (const auto url = ws::parse_url(configuration.url); !url) {
    reading.wrong(Setting::url, url.error().message());
  } else if (configuration.url.size() > agent_limits().url_bytes_max) {
    reading.wrong(Setting::url, "longer than " + std::to_string(agent_limits().url_bytes_max) + " bytes");
  }
}

std::string and_another(Setting other) {
  return "given as well as " + std::string(name_of(other)) + ": which of them is it?";
}

void read_no_token(Reading& reading, Configuration& configuration) {
  const auto none = reading.number(Setting::no_token, 0, 1);
  configuration.without_token = none == 1U;
  if (!configuration.without_token) return;
  for (const Setting other : {Setting::token, Setting::token_file}) {
    if (reading.given(other)) reading.wrong(Setting::no_token, and_another(other));
  }
}

void read_token(Reading& reading, Configuration& configuration, Secret& token) {
  read_no_token(reading, configuration);
  configuration.token_file = reading.text(Setting::token_file);
  if (reading.given(Setting::token) && !configuration.token_file.empty()) {
    reading.wrong(Setting::token, and_another(Setting::token_file));
  } else if (reading.given(Setting::token)) {
    if (const auto taken = program::take_token(reading.text(Setting::token), token); !taken) {
      reading.wrong(Setting::token, taken.error().message());
    }
  } else if (configuration.token_file.empty() && configuration.sends() && !configuration.without_token) {
    reading.wrong(Setting::token, "required when " + std::string(name_of(Setting::url)) + " is set (or " +
                                      std::string(name_of(Setting::token_file)) + ", or " +
                                      std::string(name_of(Setting::no_token)) + "=1)");
  }
}

void read_http(Reading& reading, Configuration& configuration) {
  std::string host = "127.0.0.1";
  if (reading.given(Setting::http_host)) host = reading.text(Setting::http_host);
  if (host == "localhost") host = "127.0.0.1";
  if (host.find(':') != std::string::npos && !host.starts_with('[')) {
    host = std::string("[").append(host).append("]");
  }
  const auto port = reading.number(Setting::http_port, 0, std::numeric_limits<std::uint16_t>::max());
  const auto address =
      program::parse_address(host + ":" + std::to_string(port.value_or(configuration.http.port)));
  if (address) {
    configuration.http = *address;
  } else {
    reading.wrong(Setting::http_host, "not an IPv4 or IPv6 address");
  }
}

}  // namespace

Configuration read_configuration(const SettingValues& values, Secret& token, Problems& problems) {
  Configuration configuration;
  Reading reading(values, problems);
  read_url(reading, configuration);
  read_token(reading, configuration, token);
  reading.name(Setting::peer_id, configuration.peer_id);
  if (reading.given(Setting::dialect)) {
    const auto dialect = btp::dialect_named(reading.text(Setting::dialect));
    if (!dialect) reading.wrong(Setting::dialect, "neither crosstown nor btp2");
    configuration.dialect = dialect.value_or(configuration.dialect);
  }
  if (reading.text(Setting::max_retries) != "none") {
    const auto retries = reading.number(Setting::max_retries, 0, std::numeric_limits<std::uint32_t>::max());
    if (retries) configuration.max_retries = static_cast<std::uint32_t>(*retries);
  }
  configuration.packet_timeout = reading.milliseconds(Setting::packet_timeout, 1);
  configuration.ca_file = reading.text(Setting::ca_file);
  configuration.certificate_file = reading.text(Setting::certificate_file);
  configuration.key_file = reading.text(Setting::key_file);
  if (configuration.certificate_file.empty() != configuration.key_file.empty()) {
    const bool no_key = configuration.key_file.empty();
    reading.wrong(
        no_key ? Setting::key_file : Setting::certificate_file,
        "needed with " + std::string(name_of(no_key ? Setting::certificate_file : Setting::key_file)));
  }
  reading.name(Setting::node_id, configuration.node_id);
  read_http(reading, configuration);
  configuration.shutdown_grace =
      reading.milliseconds(Setting::shutdown_grace, 0).value_or(configuration.shutdown_grace);
  return configuration;
}

}  // namespace kedge::agent
