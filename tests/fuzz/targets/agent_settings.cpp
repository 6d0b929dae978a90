// The daemon's configuration file: any text gives values within their ranges, or problems that name a setting
// and no value.
#include "agent/btp_url.hpp"
#include "agent/configuration.hpp"

#include "program/address.hpp"
#include "program/token.hpp"
#include "ws/url.hpp"

#include "../fuzz.hpp"

using namespace kedge;
using namespace kedge::fuzz;
using namespace kedge::agent;

namespace {

bool names_a_setting(std::string_view problem) {
  for (const SettingWords& setting : setting_table().words) {
    if (problem.starts_with(std::string(setting.name) + ": ")) return true;
  }
  return problem.starts_with("configuration file: ");
}

void check(const Configuration& configuration, const Secret& token) {
  PROMISE(!configuration.sends() || ws::parse_url(configuration.url), "a URL is one");
  const int secrets = (token.empty() ? 0 : 1) + (configuration.token_file.empty() ? 0 : 1) +
                      (configuration.without_token ? 1 : 0);
  PROMISE(!configuration.sends() || secrets == 1,
          "who sends has a secret, a file of one, or is to have none");
  PROMISE(!configuration.peer_id.empty() && configuration.peer_id.size() <= btp::peer_id_bytes_max,
          "a peer id has its length");
  PROMISE(!configuration.node_id.empty() && configuration.node_id.size() <= btp::peer_id_bytes_max,
          "a node id too");
  PROMISE(!configuration.packet_timeout || configuration.packet_timeout->count() > 0,
          "a timeout is positive");
  PROMISE(configuration.shutdown_grace.count() >= 0, "a grace period is not negative");
  PROMISE(configuration.certificate_file.empty() == configuration.key_file.empty(),
          "a certificate has its key");
  PROMISE(program::parse_address(program::to_string(configuration.http)) == configuration.http,
          "an address reads back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const Exact text(input.rest());
  SettingValues values;
  Problems problems;
  read_settings_text(text.text(), values, problems);
  take_btp_url(values, problems);
  Problems none;
  take_btp_url(values, none);
  PROMISE(none.empty(), "a URL is taken apart once");
  const std::size_t of_the_file = problems.size();
  kedge::program::Token token;
  const Configuration configuration = read_configuration(values, token, problems);
  for (const std::string& problem : problems)
    PROMISE(names_a_setting(problem), "a problem names its setting");
  if (problems.empty()) check(configuration, token);

  // The environment would win over each of them, and a file adds nothing to itself.
  SettingValues again;
  again.add_missing(values);
  again.add_missing(values);
  Problems same;
  kedge::program::Token same_token;
  (void)read_configuration(again, same_token, same);
  PROMISE(same.size() + of_the_file == problems.size() && same_token.reveal() == token.reveal(),
          "the same values have the same problems");
  return 0;
}
