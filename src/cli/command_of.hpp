#pragma once
// A command out of its two halves, so that neither knows the other and only the first knows CLI11.

#include "command.hpp"
#include "command_run.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace kedge::cli {

/// `Arguments(CLI::App&, std::string_view output)` adds what the command takes, and its `take()` gives it as
/// options, which begin with ConnectionOptions; `Run`, a CommandRun, is made of these, which it borrows.
template <class Arguments, class Run>
class CommandOf final : public Command {
 public:
  using Options = decltype(std::declval<Arguments&>().take());
  using Command::Command;

  void add_to(CLI::App& command, std::string_view output) override { arguments_.emplace(command, output); }
  void take() override {
    options_ = arguments_->take();
    arguments_.reset();  // it is part of the app, which goes
  }
  [[nodiscard]] const Options& options() const noexcept override { return options_; }
  /// Ends the process by itself when a name lookup has not come back: the program's end would wait for it.
  ExitCode run() override {
    Run run(options_);
    const ExitCode code = run.run();
    if (run.lookups_outstanding() != 0) uv::exit_now(static_cast<int>(code));
    return code;
  }

 private:
  std::optional<Arguments> arguments_;
  Options options_;
};

}  // namespace kedge::cli
