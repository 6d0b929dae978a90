#include "daemon.hpp"

#include "../printable.hpp"
#include "../string_sink.hpp"

#include <kedge/json_writer.hpp>

#include <csignal>
#include <cstdio>
#include <string>

namespace kedge::program {

namespace {

// For a service manager that is behind with reading.
constexpr std::chrono::milliseconds notify_pause{50};

}  // namespace

// ---- the start

void Daemon::begin(DaemonWork& work, std::chrono::milliseconds grace) noexcept {
  work_ = &work;
  grace_ = grace;
  signals_.watch(loop_, {SIGHUP, SIGINT, SIGTERM}, [this](int number) noexcept { on_signal(number); });
}

void Daemon::tell_where(std::string_view url) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("event", "listening").member("url", url).end_object();
  std::printf("%s\n", sink.text().c_str());
  std::fflush(stdout);
}

void Daemon::tell_ready(std::string_view words) noexcept {
  notify_again_.start(loop_, notify_pause, {}, [this]() noexcept { tell(manager_.send_kept()); });
  tell(manager_.ready(words));
  if (const auto interval = manager_.watchdog_interval()) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(*interval);
    watchdog_.start(loop_, ms, ms, [this]() noexcept { tell(manager_.alive()); });
  }
}

// ---- while it runs

void Daemon::tell_state() noexcept {
  if (ending_) return;
  const LinkState state = work_->state();
  Error words(ErrorKind::none, to_string(state));
  if (state != LinkState::ready) {
    if (const Error why = work_->last_error()) words.append(": ").append(why.message());
  }
  tell(manager_.status(printable(words.message())));
}

void Daemon::on_signal(int number) noexcept {
  if (number == SIGHUP) return reload();
  if (ending_) uv::exit_now(interrupted_exit);
  end();
}

void Daemon::reload() noexcept {
  if (ending_) return;
  tell(manager_.reloading(port_.now()));
  work_->reload();
  tell(manager_.ready(to_string(work_->state())));
}

void Daemon::read_again(Credentials& credentials) noexcept {
  Problems problems;
  (void)credentials.read(problems);
  for (const std::string& problem : problems) log(LogLevel::error, "reload", problem);
  if (!problems.empty()) return;
  log(LogLevel::info, "reload", "secret and certificates were read again");
  if (const Error warning = credentials.trust_warning()) log(LogLevel::warning, "reload", warning.message());
}

void Daemon::tell(const Result<void>& told) noexcept {
  if (!told) log_.write_rarely(LogRecord{LogLevel::warning, "notify", {}, told.error().message()});
  if (manager_.keeps()) notify_again_.again(notify_pause);
}

// ---- the end: no new requests, those in flight, the line, the loop

void Daemon::end() noexcept {
  ending_ = true;
  log(LogLevel::info, "shutdown", "a signal has come");
  tell(manager_.stopping(grace_ + goodbye));
  grace_timer_.start(loop_, grace_, {}, [this]() noexcept { drained(); });
  work_->drain();
}

void Daemon::drained() noexcept {
  if (closing_) return;
  closing_ = true;
  work_->close();
}

Daemon::~Daemon() {
  signals_.close();
  watchdog_.close();
  grace_timer_.close();
  notify_again_.close();
}

}  // namespace kedge::program
