#include "settings.hpp"

#include <array>

namespace kedge::agent {

namespace {

constexpr std::array<SettingWords, setting_count> words{{
    {"CONNECTOR_BTP_URL", "sending is off",
     "the connector: ws:// or wss://, or as ilp-plugin-btp has it btp+wss://user:token@host"},
    {"CONNECTOR_BTP_AUTH_TOKEN", "",
     "the secret to show it; needed when the URL is set, or one of the next two", true},
    {"CONNECTOR_BTP_AUTH_TOKEN_FILE", "", "file that holds the secret instead; read again at SIGHUP", true},
    {"CONNECTOR_BTP_AUTH_NONE", "0", "1: the connector lets us in without a secret; an empty one is shown",
     true},
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

constexpr program::SettingTable table{words, "CONNECTOR_"};

}  // namespace

const program::SettingTable& setting_table() noexcept {
  return table;
}

std::string_view name_of(Setting setting) noexcept {
  return words[static_cast<std::size_t>(setting)].name;
}

}  // namespace kedge::agent
