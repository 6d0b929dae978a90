#include "standard_output.hpp"

#include "../program/whole_write.hpp"

#include <unistd.h>

#include <utility>

namespace kedge::cli {

namespace {

Error unwritten(const Error& why) noexcept {
  return Error(why.kind(), why.layer(), why.layer_code(), "standard output could not be written: ")
      .append(why.message());
}

}  // namespace

void StandardOutput::open(uv::Loop& loop, Done on_done) noexcept {
  loop_ = &loop;
  on_done_ = std::move(on_done);
}

Result<bool> StandardOutput::write(std::string text) {
  text_ = std::move(text);
  written_ = 0;
  if (auto written = write_more(); !written) return written.error();
  if (!waits()) return true;
  if (!room_.is_open()) {
    const auto opened =
        room_.open(*loop_, STDOUT_FILENO, program::Readiness::For::writing, [this]() noexcept { go_on(); });
    if (!opened) return unwritten(opened.error());
  }
  room_.want(true);
  return false;
}

Result<void> StandardOutput::write_more() noexcept {
  const auto written = program::write_some(STDOUT_FILENO, std::string_view(text_).substr(written_));
  if (!written) {
    written_ = text_.size();  // nobody waits for it any more
    return unwritten(written.error());
  }
  written_ += *written;
  return {};
}

void StandardOutput::go_on() noexcept {
  const auto written = write_more();
  if (waits()) return;
  room_.want(false);
  on_done_(written.error());
}

Result<void> StandardOutput::watch_reader(Callback<void()> on_gone) noexcept {
  on_gone_ = std::move(on_gone);
  auto opened = reader_.open(*loop_, STDOUT_FILENO, program::Readiness::For::hangup, [this]() noexcept {
    reader_.want(false);  // it does not come back
    on_gone_();
  });
  reader_.want(true);
  return opened;
}

Result<void> StandardOutput::finish() noexcept {
  const std::string_view rest = std::string_view(text_).substr(std::exchange(written_, text_.size()));
  const Error error = program::write_whole(STDOUT_FILENO, rest).error();
  if (error) return unwritten(error);
  return {};
}

void StandardOutput::close() noexcept {
  room_.close();
  reader_.close();
}

}  // namespace kedge::cli
