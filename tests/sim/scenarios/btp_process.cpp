#include "btp_process.hpp"

#include "support/btp_ids.hpp"

#include <algorithm>

namespace kedge::rig {

using namespace std::chrono_literals;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}
std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

ilp::Prepare as_prepare(const IlpPacket& packet) {
  return {packet.amount, WallTime(std::chrono::milliseconds{packet.expires_ms}), bytes_of(packet.hash),
          packet.destination, bytes_of(packet.data)};
}

ilp::Answer as_answer(const IlpPacket& packet) {
  if (packet.kind == IlpPacket::Kind::fulfill)
    return ilp::Fulfill{bytes_of(packet.hash), bytes_of(packet.data)};
  return ilp::Reject{packet.code, packet.triggered_by, packet.message, bytes_of(packet.data)};
}

IlpPacket value_of(const ilp::Packet& packet) {
  IlpPacket value;
  if (const auto* prepare = std::get_if<ilp::Prepare>(&packet)) {
    value.kind = IlpPacket::Kind::prepare;
    value.amount = prepare->amount;
    value.expires_ms = prepare->expires_at.time_since_epoch().count();
    value.hash = text_of(prepare->condition);
    value.destination = prepare->destination;
    value.data = text_of(prepare->data);
  } else if (const auto* fulfill = std::get_if<ilp::Fulfill>(&packet)) {
    value.kind = IlpPacket::Kind::fulfill;
    value.hash = text_of(fulfill->fulfillment);
    value.data = text_of(fulfill->data);
  } else if (const auto* reject = std::get_if<ilp::Reject>(&packet)) {
    value.kind = IlpPacket::Kind::reject;
    value.code = reject->code;
    value.triggered_by = reject->triggered_by;
    value.message = reject->message;
    value.data = text_of(reject->data);
  }
  return value;
}

BtpProcess::BtpProcess(Run& run, Chaos& chaos, const Plan& plan_in, std::uint64_t first_number,
                       BtpConnector& connector)
    : ClientActor(run, chaos, plan_in, first_number, connector, btp::storage_bytes(plan_in.limits)) {
  life().refusals_are_retried();
  btp::Config config;
  config.client = client_config();
  config.dialect = connector.codec().dialect();
  config.peer_id = BtpConnector::peer_id;
  if (connector.client_answers())
    config.on_packet = [this](const btp::IncomingPacket& packet) noexcept { told(packet); };
  make(std::move(config), plan().limits, storage_);
  // A process that has been up for long.
  if (run_.rng.chance(300))
    btp::IdSeam::go_on_at(*client_, ~static_cast<std::uint32_t>(run_.rng.between(0, 40)));
  start();
}

// ---- packets

// The page's rule, written down once more.
Duration BtpProcess::timeout_of(const IlpPacket& packet) {
  const auto now = machine().wall_time();
  if (!now) return 10s;
  const auto left = std::chrono::milliseconds{packet.expires_ms} - now->time_since_epoch() - 500ms;
  return std::max<Duration>(left, 1s);
}

std::size_t BtpProcess::message_bytes(const IlpPacket& packet) const {
  const BtpCodec& codec = server_.codec();
  return codec.message(BtpMessage::Type::message, 1, codec.packet(packet)).size();
}

// True when the client has taken it.
bool BtpProcess::send(std::size_t data_bytes, std::optional<Duration> timeout) {
  sim::Rng& rng = run_.rng;
  const WallTime now = machine().wall_time().value_or(WallTime(std::chrono::days{20'000}));
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(rng.between(0ms, 60s)) - 2s;
  const std::uint64_t number = ledger().next_number();
  const IlpPacket packet = server_.prepare(number, (now.time_since_epoch() + left).count(), data_bytes);
  btp::PacketOptions options;
  options.timeout = timeout;
  options.priority = pick(rng, {Priority::urgent, Priority::normal, Priority::normal, Priority::low});
  const LinkState state = client_->state();
  Request& request = ledger().begin(0, options.priority, timeout ? *timeout : timeout_of(packet));
  const auto handle = client_->send_packet(
      as_prepare(packet),
      [this, number](const btp::PacketOutcome& outcome) noexcept { completed(number, outcome); }, options);
  const std::size_t bytes = message_bytes(packet);
  const auto which = [&] {
    return "request " + std::to_string(number) + ", " + std::to_string(bytes) + " bytes, " +
           std::string(to_string(state)) + ": " + std::string(handle.error().message());
  };
  if (handle) {
    ledger().accepted(request, *handle);
    lines_[number] = line_.line();
    run_.check(state == LinkState::ready, "nothing is taken while not connected", which);
    run_.check(bytes <= plan().limits.outbound_message_bytes_max, "nothing too large is taken", which);
    return true;
  }
  ledger().refused(request, handle.error(), client_->state() == LinkState::closed);
  const ErrorKind kind = handle.error().kind();
  if (kind != ErrorKind::closed) {
    run_.check((kind == ErrorKind::connection) == (state != LinkState::ready),
               "a packet is refused with `connection` while not connected, and only then", which);
    run_.check(kind != ErrorKind::too_large || bytes > plan().limits.outbound_message_bytes_max,
               "only what is too large is refused as such", which);
  }
  return false;
}

void BtpProcess::send_something() {
  sim::Rng& rng = run_.rng;
  const std::uint64_t most = rng.chance(100) ? plan().limits.outbound_message_bytes_max : 64;
  std::optional<Duration> timeout;
  if (rng.chance(600)) {
    timeout = rng.chance(150)   ? rng.between(Duration(1ms), Duration(500ms))
              : rng.chance(600) ? rng.between(Duration(1s), Duration(20s))
                                : rng.between(Duration(20s), Duration(120s));
  }
  (void)send(static_cast<std::size_t>(rng.between(std::uint64_t{0}, most)), timeout);
}

// Whatever else is the matter: it is refused, by the field's name, and nobody hears of it again.
void BtpProcess::send_what_cannot_be() {
  IlpPacket packet = server_.prepare(ledger().next_number(), 1'000'000'000'000, 0);
  btp::PacketOptions options;
  switch (run_.rng.between(std::uint64_t{0}, std::uint64_t{4})) {
    case 0:
      packet.hash.resize(run_.rng.chance(500) ? 31 : 33, 'h');
      break;
    case 1:
      packet.destination.clear();
      break;
    case 2:
      packet.destination = "test." + std::string(ilp::address_bytes_max, 'a');
      break;
    case 3:
      packet.destination += " b";
      break;
    default:
      options.timeout = -run_.rng.between(0ms, 1s);
  }
  const auto handle = client_->send_packet(
      as_prepare(packet),
      [this](const btp::PacketOutcome&) noexcept {
        run_.broke("what was refused never completes", "it did");
      },
      options);
  run_.check(
      !handle && (handle.error().kind() == ErrorKind::config || handle.error().kind() == ErrorKind::closed),
      "what cannot be encoded is refused",
      [&] { return std::string(handle ? "taken" : handle.error().message()); });
}

// ---- answers

void BtpProcess::answer_something() {
  if (told_.empty()) return;
  answer(told_[static_cast<std::size_t>(run_.rng.between(std::uint64_t{0}, told_.size() - 1))]);
}

void BtpProcess::answer(const Told& told) {
  sim::Rng& rng = run_.rng;
  const std::uint64_t most = rng.chance(100) ? plan().limits.outbound_message_bytes_max : 64;
  const IlpPacket packet = server_.some_answer(sha256(std::to_string(told.id.request)),
                                               static_cast<std::size_t>(rng.between(std::uint64_t{0}, most)));
  const bool here =
      told.line == line_.line() && client_->state() == LinkState::ready && !ledger().is_closing();
  const auto taken = client_->answer(told.id, as_answer(packet));
  const ErrorKind kind = taken.error().kind();
  const auto which = [&] {
    return "id " + std::to_string(told.id.request) + ": " + std::string(taken.error().message());
  };
  if (taken) {
    run_.check(here, "an answer is taken on its packet's own line only", which);
    passage().answers.push_back(told.id.request);
    server_.expect_answer(told.id.request, packet);
  } else if (here) {
    run_.check(kind == ErrorKind::queue_full || kind == ErrorKind::too_large, "an answer is taken if it fits",
               which);
    if (kind == ErrorKind::queue_full) run_.count(Fault::full);
  } else {
    run_.check(kind == ErrorKind::connection || kind == ErrorKind::closed,
               "an answer to a lost line's packet is refused by name", which);
  }
}

// ---- the rest

void BtpProcess::cancel_something() {
  if (ledger().all().empty()) return;
  Request* request = &any_request();
  if (!ledger().open().empty() && run_.rng.chance(600)) request = &open_request();
  cancel(*request);
}

// 2^32 packets later the ids begin again, and some packets are pending still.
void BtpProcess::bring_ids_around() {
  std::vector<std::uint32_t> pending;
  for (const std::uint64_t number : ledger().open()) {
    if (const auto id = ids_.find(number); id != ids_.end()) pending.push_back(id->second);
  }
  const auto before = static_cast<std::uint32_t>(run_.rng.between(std::uint64_t{0}, std::uint64_t{3}));
  const std::uint32_t to =
      pending.empty()
          ? 0
          : pending[static_cast<std::size_t>(run_.rng.between(std::uint64_t{0}, pending.size() - 1))];
  btp::IdSeam::go_on_at(*client_, to - before);
}

void BtpProcess::do_something(bool from_handler) {
  sim::Rng& rng = run_.rng;
  const std::uint64_t die = rng.between(0, 999);
  if (die < 550) {
    send_something();
  } else if (die < 680) {
    answer_something();
  } else if (die < 780) {
    cancel_something();
  } else if (die < 820) {
    const std::uint64_t burst = rng.between(std::uint64_t{1}, plan().limits.pending_max + 3U);
    for (std::uint64_t i = 0; i < burst; ++i) send_something();
  } else if (die < 860) {
    bring_ids_around();
  } else if (die < 890) {
    send_what_cannot_be();
  } else if (die < 920) {
    retry_now();
  } else if (die < 940) {
    connect_again();
  } else if (die < 970) {
    learn();
    retry_now();
  } else if (die < 990 && from_handler && run_.mishap(200)) {
    run_.count(Fault::client_close);
    close();
  }
}

}  // namespace kedge::rig
