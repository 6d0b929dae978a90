// A peer that is paid for its answers: it takes Interledger packets from a connector and fulfils those whose
// data it holds the key to. Here that is simple: SHA-256 of the data is the fulfillment, as POST /ilp/send of
// kedge-agent has it.
//
//   KEDGE_TOKEN=... receiver URL PEER_ID [crosstown|btp2 [CA_FILE]]
//
// For wss:// it has to be told whom to trust: CA_FILE.

#include <kedge/btp.hpp>
#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>

#include <mbedtls/md.h>
#include <uv.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

using namespace kedge;
using Hash = std::array<std::byte, ilp::hash_bytes>;

static btp::Storage<Limits::small()> storage;  // everything the client will ever use
static tls::ClientStorage<> tls_storage;
static uv_signal_t signals[2];  // here, as the loop still closes them when it goes
static constexpr std::string_view reading = R"({"celsius":21.5})";

static void complain(const Error& error) {
  const std::string_view kind = to_string(error.kind()), words = error.message();
  std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(kind.size()), kind.data(),
               static_cast<int>(words.size()), words.data());
}
static int fail(const Error& error) {
  complain(error);
  return 2;
}

static bool sha256(std::span<const std::byte> bytes, Hash& hash) noexcept {
  return mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
                    reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    reinterpret_cast<unsigned char*>(hash.data())) == 0;
}

// What becomes of a packet. The answer may refer to the packet and to `fulfillment`.
static ilp::Answer judge(const ilp::Prepare& packet, std::optional<WallTime> now,
                         Hash& fulfillment) noexcept {
  const std::string_view us = packet.destination;
  // The connectors on the way have taken the value back: a fulfillment would be given away.
  if (now && *now >= packet.expires_at) return ilp::Reject{"R00", us, "the packet has expired", {}};
  Hash condition;
  if (!sha256(packet.data, fulfillment) || !sha256(fulfillment, condition)) {
    return ilp::Reject{"T00", us, "no hash could be made", {}};
  }
  if (!std::ranges::equal(condition, packet.condition)) return ilp::Reject{"F05", us, "wrong condition", {}};
  return ilp::Fulfill{fulfillment, std::as_bytes(std::span(reading))};
}

static void report(const ilp::Prepare& packet, const ilp::Answer& answer, const Error& error) {
  const auto* reject = std::get_if<ilp::Reject>(&answer);
  const std::string_view outcome = error               ? error.message()
                                   : reject == nullptr ? "fulfilled"
                                                       : reject->message;
  std::printf("%.*s %llu: %.*s\n", static_cast<int>(packet.destination.size()), packet.destination.data(),
              static_cast<unsigned long long>(packet.amount), static_cast<int>(outcome.size()),
              outcome.data());
}

static void close_at_signals(uv::Loop& loop, btp::Client& client) {
  const int numbers[] = {SIGINT, SIGTERM};
  for (std::size_t i = 0; i < std::size(signals); ++i) {
    uv_signal_init(loop.native(), &signals[i]);
    signals[i].data = &client;
    const auto close = [](uv_signal_t* signal, int) { static_cast<btp::Client*>(signal->data)->close(); };
    uv_signal_start(&signals[i], close, numbers[i]);
  }
}

int main(int argc, char** argv) {
  const auto dialect = btp::dialect_named(argc > 3 ? argv[3] : "crosstown");
  if (argc < 3 || argc > 5 || !dialect) {
    return fail({ErrorKind::config, "usage: receiver URL PEER_ID [crosstown|btp2 [CA_FILE]]"});
  }
  if (auto trusted = argc > 4 ? tls_storage.client.trust_file(argv[4]) : Result<void>(); !trusted) {
    return fail(trusted.error());
  }
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // for those who read it through a pipe
  uv::Loop loop;
  if (auto made = loop.status(); !made) return fail(made.error());
  uv::Port port(loop);
  btp::Client* receiver = nullptr;

  btp::Config config;
  config.dialect = *dialect;
  config.peer_id = argv[2];
  config.client.url = argv[1];
  config.client.tls = &tls_storage.client;
  config.client.max_retries.reset();  // a device has nobody to start it again
  config.client.credentials = [](Secret& token) noexcept -> Result<void> {
    const char* value = std::getenv("KEDGE_TOKEN");
    if (value == nullptr) return Error(ErrorKind::config, "KEDGE_TOKEN is not set");
    return token.assign(value);
  };
  config.client.on_state = [](LinkState state, const Error& error) noexcept {
    if (state == LinkState::ready) std::puts("ready");
    if (state == LinkState::waiting) complain(error);
    if (state != LinkState::closed) return;
    for (uv_signal_t& signal : signals) uv_close(reinterpret_cast<uv_handle_t*>(&signal), nullptr);
  };
  // Answered at once; `packet.id` would do for later as well, when the answer takes its time.
  config.on_packet = [&port, &receiver](const btp::IncomingPacket& packet) noexcept {
    Hash fulfillment;
    const ilp::Answer answer = judge(packet.prepare, port.wall_time(), fulfillment);
    const auto answered = receiver->answer(packet.id, answer);
    report(packet.prepare, answer, answered.error());
  };
  btp::Client client(port, std::move(config), storage);
  receiver = &client;

  if (auto started = client.connect(); !started) return fail(started.error());
  close_at_signals(loop, client);
  loop.run();  // until line and signals are closed: nothing else is left to wait for
  if (loop.lookups_outstanding() > 0) uv::exit_now(0);  // returning would wait for a name server that is gone
}
