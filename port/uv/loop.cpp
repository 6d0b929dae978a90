#include "loop_core.hpp"

#include <unistd.h>
#include <cstdio>
#include <utility>

namespace kedge::uv {

Loop::Loop(std::size_t posts_max) noexcept : core_(new LoopCore(nullptr, posts_max)) {}
Loop::Loop(uv_loop_s& callers, std::size_t posts_max) noexcept : core_(new LoopCore(&callers, posts_max)) {}
Loop::~Loop() {
  core_->abandon();
}

Result<void> Loop::status() const noexcept {
  return core_->failure();
}
void Loop::run() noexcept {
  core_->run();
}
void Loop::run_once() noexcept {
  core_->turn(UV_RUN_ONCE);
}
void Loop::poll() noexcept {
  core_->turn(UV_RUN_NOWAIT);
}
void Loop::stop() noexcept {
  core_->stop();
}
void Loop::keep_running(bool on) noexcept {
  core_->keep_running(on);
}
Result<void> Loop::post(Callback<void()> callback) noexcept {
  return core_->post(std::move(callback));
}
std::size_t Loop::lookups_outstanding() const noexcept {
  return core_->lookups();
}
uv_loop_s* Loop::native() noexcept {
  return core_->loop();
}

void exit_now(int code) noexcept {
  std::fflush(nullptr);
  ::_exit(code);
}

}  // namespace kedge::uv
