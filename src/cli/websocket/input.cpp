#include "input.hpp"

#include <span>
#include <utility>

namespace kedge::cli::websocket {

namespace {

constexpr std::size_t input_chunk = std::size_t{64} * 1024;

}  // namespace

Input::Input(const Options& options, std::size_t bytes_max, Events events)
    : options_(options),
      events_(std::move(events)),
      messages_(options.binary ? InputMessages::Cut::as_read : InputMessages::Cut::lines, bytes_max),
      input_(input_chunk) {}

Result<void> Input::open(uv::Loop& loop, kedge::websocket::Client& client) noexcept {
  client_ = &client;
  return input_.open(loop, [this]() noexcept { read(); });
}

void Input::read() noexcept {
  if (stopped_) return input_.want(false);
  const auto read = input_.read();
  if (!read) {
    if (!options_.listen || !StandardInput::is_missing()) return events_.on_failed(read.error());
    return end();  // a daemon's
  }
  if (!*read) return;
  if ((*read)->empty()) return end();
  messages_.append(**read);
  send();
}

void Input::end() noexcept {
  ended_ = true;
  messages_.end();
  send();
}

void Input::send() noexcept {
  if (stopped_ || !input_.is_open()) return;
  while (const auto item = messages_.next()) {
    const Result<void> sent = send_one(*item);
    if (!sent && sent.error().kind() == ErrorKind::closed) return;
    if (!sent) return input_.want(false);
    messages_.drop();
  }
  input_.want(!ended_);
  events_.on_progress();
}

// Errors: queue_full, closed. What can never be sent is told of, and gone.
Result<void> Input::send_one(const InputMessages::Item& item) noexcept {
  const auto about = [&item](const Error& why) {
    return Error(why.kind(), "input line ")
        .append(static_cast<std::int64_t>(item.number))
        .append(why.message());
  };
  if (item.too_long) {
    events_.on_trouble(ExitCode::protocol, about({ErrorKind::too_large, " is too long, and was not sent"}),
                       "; see --max-message");
    return {};
  }
  kedge::websocket::SendOptions options;
  if (options_.resend) options.on_loss = OnLoss::resend;
  const MessageType type = options_.binary ? MessageType::binary : MessageType::text;
  const auto bytes = std::as_bytes(std::span(item.text.data(), item.text.size()));
  const auto completion = [this, number = item.number](const Outcome& outcome) noexcept {
    on_sent(number, outcome.error);
  };
  const auto sent = client_->send(type, bytes, completion, options);
  if (sent) {
    ++under_way_;
    return {};
  }
  const ErrorKind kind = sent.error().kind();
  if (kind == ErrorKind::queue_full || kind == ErrorKind::closed) return sent.error();
  // Its length, the other thing that may be wrong with it, was looked at before.
  events_.on_trouble(ExitCode::usage, about({kind, " is not UTF-8, and was not sent"}), "; see --binary");
  return {};
}

void Input::on_sent(std::uint64_t number, const Error& error) noexcept {
  --under_way_;
  const char* what = options_.binary ? "input chunk " : "input line ";
  Error about(error.kind(), error.layer(), error.layer_code(), what);
  about.append(static_cast<std::int64_t>(number));
  if (error.kind() == ErrorKind::too_large) {
    events_.on_trouble(ExitCode::protocol, about.append(": ").append(error.message()), {});
  } else if (error.may_have_run()) {
    const bool ended = error.kind() == ErrorKind::closed;
    about.append(" was partly out when the ").append(ended ? "command ended" : "line was lost");
    about.append(": its outcome is unknown").with_may_have_run();
    events_.on_trouble(ExitCode::outcome_unknown, about, ended || options_.resend ? "" : "; see --resend");
  } else if (error) {
    ++unsent_;  // why is told by the state
  } else {
    sent_any_ = true;
  }
  events_.on_progress();
}

bool Input::is_done() noexcept {
  return ended_ && under_way_ == 0 && !messages_.next();
}

bool Input::has_more() noexcept {
  if (ended_ || !input_.is_open()) return false;
  const auto read = input_.read();
  return read && *read && !(*read)->empty();
}

std::uint64_t Input::count_unsent() noexcept {
  messages_.end();
  std::uint64_t count = unsent_ + under_way_;
  for (; messages_.next(); messages_.drop()) ++count;
  unsent_ = count - under_way_;
  return count;
}

}  // namespace kedge::cli::websocket
