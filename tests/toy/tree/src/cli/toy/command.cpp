#include "../../program/printable.hpp"
#include "../../program/string_sink.hpp"
#include "../command_of.hpp"
#include "../command_run.hpp"
#include "arguments.hpp"

#include <kedge/storage.hpp>
#include <kedge/toy.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace kedge::cli::toy {

namespace {

class AskRun final : public CommandRun {
 public:
  explicit AskRun(const Options& options) : CommandRun(options), options_(options) {}

 private:
  [[nodiscard]] std::size_t storage_bytes() const noexcept override { return line_storage_bytes(limits()); }
  Result<void> connect(ClientConfig config, std::span<std::byte> storage) override {
    client_.emplace(port(), std::move(config), limits(), storage);
    return client_->connect().error();
  }
  Result<void> ask() override {
    const auto asked =
        client_->ask(options_.text, [this](const Outcome& outcome) noexcept { on_answer(outcome); },
                     {.timeout = time_left()});
    return asked.error();
  }
  [[nodiscard]] bool may_have_asked() const noexcept override { return true; }
  void retry_now() noexcept override { client_->retry_now(); }
  void close() noexcept override { client_->close(); }
  void destroy() noexcept override { client_.reset(); }

  void on_answer(const Outcome& outcome) noexcept;
  ExitCode print(ExitCode code) override;

  const Options& options_;
  std::string answer_;  // as JSON; empty before it came
  std::optional<kedge::toy::Client> client_;
};

void AskRun::on_answer(const Outcome& outcome) noexcept {
  if (!outcome.ok()) {
    // `closed` is told by the state, which knows why.
    if (outcome.error.kind() != ErrorKind::closed) finish(outcome.error);
    return;
  }
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object();
  program::write_text(writer, "answer", outcome.text());
  writer.end_object();
  answer_ = sink.take();
  finish(ExitCode::ok, {});
}

ExitCode AskRun::print(ExitCode code) {
  if (answer_.empty()) return code;
  const Error error = reporter().result(answer_).error();
  if (!error) return code;
  reporter().error(error);
  return error.kind() == ErrorKind::cancelled ? ExitCode::interrupted : ExitCode::other;
}

}  // namespace

std::unique_ptr<Command> make_command() {
  return std::make_unique<CommandOf<Arguments, AskRun>>(
      Command::Words{.name = "toy", .description = "Questions and answers, as the tests do it"});
}

}  // namespace kedge::cli::toy
