#include "common.hpp"

namespace kedge::firmware {

namespace {
const void* volatile taken_from;
volatile std::size_t taken;
}  // namespace

void take(const void* bytes, std::size_t size) noexcept {
  taken_from = bytes;
  taken = size;
}

void listen(ClientConfig& config) noexcept {
  config.url = "ws://gateway.example:8080/";
  config.proxy = "http://proxy.example:3128";
  config.credentials = [](Secret& secret) noexcept { return secret.assign("token"); };
  config.proxy_credentials = [](Secret& secret) noexcept { return secret.assign("user:password"); };
  config.on_state = [](LinkState state, const Error& error) noexcept { take(to_string(state)), take(error); };
  config.log = [](const LogRecord& record) noexcept { take(&record, sizeof record); };
  config.on_writable = []() noexcept { take("writable"); };
  config.judge = [](const Ending& ending, const Judgement& usual) noexcept {
    take(&ending, sizeof ending);
    return usual;
  };
}

void call(Client& client) noexcept {
  take(client.connect());
  client.retry_now();
  take(to_string(client.state()));
  const Statistics statistics = client.statistics();
  take(&statistics, sizeof statistics);
  take(client.last_error());
  if (client.next_attempt_at().has_value()) take("waiting");
  if (client.cancel(Handle{})) take("cancelled");
  client.close();
}

}  // namespace kedge::firmware
