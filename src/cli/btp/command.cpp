#include "../../program/condition.hpp"
#include "../../protocol/btp/packet.hpp"
#include "../command_of.hpp"
#include "../command_run.hpp"
#include "../input.hpp"
#include "arguments.hpp"
#include "packet_json.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace kedge::cli::btp {

namespace {

std::span<const std::byte> as_bytes(const std::string& text) noexcept {
  return std::as_bytes(std::span(text));
}

class SendRun final : public CommandRun {
 public:
  explicit SendRun(const Options& options) : CommandRun(options), options_(options) {}

 private:
  [[nodiscard]] ClientConfig default_client_config() const noexcept override {
    return kedge::btp::default_client_config();
  }
  [[nodiscard]] std::size_t storage_bytes() const noexcept override {
    return kedge::btp::storage_bytes(limits());
  }
  Result<void> connect(ClientConfig config, std::span<std::byte> storage) override;
  Result<void> ask() override { return {}; }
  void on_ready() noexcept override;
  // The client would try again, as a connector may learn of us; who types a command wants to know now.
  [[nodiscard]] bool is_final(const Error& error) const noexcept override {
    return error.kind() == ErrorKind::authentication;
  }
  [[nodiscard]] bool may_have_asked() const noexcept override { return true; }
  void retry_now() noexcept override { client_->retry_now(); }
  void close() noexcept override { client_->close(); }
  void destroy() noexcept override { client_.reset(); }

  Result<void> read_data();
  Result<void> make_condition() noexcept;
  [[nodiscard]] ilp::Prepare prepare(std::chrono::milliseconds left) noexcept;
  void on_answer(const kedge::btp::PacketOutcome& outcome) noexcept;
  ExitCode print(ExitCode code) override;

  const Options& options_;
  std::string data_;
  std::array<std::byte, ilp::hash_bytes> condition_{};
  std::string answer_;  // as JSON; empty before it came
  std::optional<kedge::btp::Client> client_;
};

Result<void> SendRun::connect(ClientConfig client_config, std::span<std::byte> storage) {
  if (auto read = read_data(); !read) return read;
  if (auto made = make_condition(); !made) return made;
  // Now, not when the line is ready.
  if (auto checked = kedge::btp::check(options_.dialect, prepare(time_left())); !checked) return checked;
  kedge::btp::Config config;
  config.client = std::move(client_config);
  config.dialect = options_.dialect;
  config.peer_id = options_.peer_id;
  client_.emplace(port(), std::move(config), limits(), storage);
  limit_time();
  return client_->connect().error();
}

Result<void> SendRun::read_data() {
  data_ = options_.data;
  if (options_.data_file.empty()) return {};
  auto read = read_input("--data", options_.data_file, limits().outbound_message_bytes_max, patience());
  if (!read) return read.error();
  data_ = *std::move(read);
  return {};
}

Result<void> SendRun::make_condition() noexcept {
  if (options_.condition) {
    std::memcpy(condition_.data(), options_.condition->data(), condition_.size());
    return {};
  }
  if (program::condition_of(as_bytes(data_), condition_)) return {};
  return Error(ErrorKind::config, "no condition could be made");
}

ilp::Prepare SendRun::prepare(std::chrono::milliseconds left) noexcept {
  const WallTime now = port().wall_time().value_or(WallTime{});
  return {options_.amount, now + left, condition_, options_.to, as_bytes(data_)};
}

void SendRun::on_ready() noexcept {
  stop_limit();
  const auto left = time_left();
  kedge::btp::PacketOptions packet;
  packet.timeout = left;
  const auto sent = client_->send_packet(
      prepare(left), [this](const kedge::btp::PacketOutcome& outcome) noexcept { on_answer(outcome); },
      packet);
  if (!sent) finish(sent.error());
}

ExitCode SendRun::print(ExitCode code) {
  if (answer_.empty()) return code;
  const Error error = reporter().result(answer_).error();
  if (!error) return code;
  // It may be worth money, and nobody keeps it.
  reporter().error(Error(error).with_may_have_run(), "; the packet was answered");
  reporter().unprinted(answer_);
  return error.kind() == ErrorKind::cancelled ? ExitCode::interrupted : ExitCode::other;
}

void SendRun::on_answer(const kedge::btp::PacketOutcome& outcome) noexcept {
  if (!outcome.ok()) {
    // `closed` is told by the state, which knows why.
    if (outcome.error.kind() != ErrorKind::closed) finish(outcome.error);
    return;
  }
  answer_ = answer_as_json(outcome.answer);
  finish(outcome.reject() == nullptr ? ExitCode::ok : ExitCode::remote, {});
}

}  // namespace

std::unique_ptr<Command> make_command() {
  return std::make_unique<CommandOf<Arguments, SendRun>>(
      Command::Words{.name = "btp", .description = "Interledger packets (BTP)"});
}

}  // namespace kedge::cli::btp
