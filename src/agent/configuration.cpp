#include "configuration.hpp"

#include <limits>

namespace kedge::agent {

namespace {

constexpr std::size_t name_bytes_max = btp::peer_id_bytes_max;

constexpr program::CredentialSettings credential_settings{
    .url = Setting::url,
    .token = Setting::token,
    .token_file = Setting::token_file,
    .no_token = Setting::no_token,
    .ca_file = Setting::ca_file,
    .certificate_file = Setting::certificate_file,
    .key_file = Setting::key_file,
};

}  // namespace

program::CredentialNames credential_names() noexcept {
  return {name_of(Setting::token_file), name_of(Setting::ca_file), name_of(Setting::certificate_file),
          name_of(Setting::key_file)};
}

Configuration read_configuration(const SettingValues& values, Secret& token, Problems& problems) {
  Configuration configuration;
  program::SettingReader reader(values, problems);
  program::read_credentials(reader, credential_settings, agent_limits().url_bytes_max, configuration, token);
  reader.name(Setting::peer_id, name_bytes_max, configuration.peer_id);
  if (reader.given(Setting::dialect)) {
    const auto dialect = btp::dialect_named(reader.text(Setting::dialect));
    if (!dialect) reader.wrong(Setting::dialect, "neither crosstown nor btp2");
    configuration.dialect = dialect.value_or(configuration.dialect);
  }
  if (reader.text(Setting::max_retries) != "none") {
    const auto retries = reader.number(Setting::max_retries, 0, std::numeric_limits<std::uint32_t>::max());
    if (retries) configuration.max_retries = static_cast<std::uint32_t>(*retries);
  }
  configuration.packet_timeout = reader.milliseconds(Setting::packet_timeout, 1);
  reader.name(Setting::node_id, name_bytes_max, configuration.node_id);
  reader.address(Setting::http_host, Setting::http_port, configuration.http);
  configuration.shutdown_grace =
      reader.milliseconds(Setting::shutdown_grace, 0).value_or(configuration.shutdown_grace);
  return configuration;
}

}  // namespace kedge::agent
