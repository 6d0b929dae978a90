#include "toy.hpp"

#include <charconv>
#include <utility>

namespace kedge::toy {

Client::Client(Port& port, ClientConfig config, const Limits& limits, std::span<std::byte> storage,
               const ProtocolTraits& traits) noexcept
    : ProtocolClient(port, std::move(config), traits, limits, storage) {}

Result<Handle> Client::ask(std::string_view text, Completion completion, RequestOptions options) noexcept {
  if (options.id == 0) options.id = ++last_id_;
  return ProtocolClient::ask(options, std::move(completion), [&](Sink& sink) noexcept -> Result<void> {
    sink.write(std::to_string(options.id));
    sink.write(" ");
    sink.write(text);
    if (text == "unsayable") return Error(ErrorKind::config, "that cannot be said");
    return {};
  });
}

Result<void> Client::note(std::string_view text, const PostOptions& options) noexcept {
  return post(options, [text](Sink& sink) noexcept -> Result<void> {
    sink.write("note ");
    sink.write(text);
    if (text == "unsayable") return Error(ErrorKind::config, "that cannot be said");
    return {};
  });
}

void Client::on_open(const Opened& opened) noexcept {
  heard.emplace_back("open");
  const auto hello = [&opened](Sink& sink) noexcept -> Result<void> {
    sink.write("hello ");
    sink.write(opened.secret.reveal());
    return {};
  };
  if (auto said = post({.own = true}, hello); !said) end_line(said.error());
}

void Client::on_ready() noexcept {
  heard.emplace_back("ready");
  if (hold_when_ready) hold_messages();
  if (when_ready) when_ready();
}

void Client::on_message(const Message& message) noexcept {
  const std::string_view text = message.text();
  if (!is_accepted()) return text == "welcome" ? accepted() : protocol_error("no welcome");
  std::uint64_t id = 0;
  const char* end = std::from_chars(text.data(), text.data() + text.size(), id).ptr;
  const auto digits = static_cast<std::size_t>(end - text.data());
  const auto found = digits < text.size() ? find(id) : std::nullopt;
  if (!found) return protocol_error("an answer to nothing");
  const std::string_view answer = text.substr(digits + 1);
  if (answer.starts_with('!')) {
    Error refused(ErrorKind::remote, "the server says: ");
    fail(*found, append_of_peer(refused, answer.substr(1)));
  } else if (answer == "?") {
    fail_unread(*found, Error(ErrorKind::protocol, "the answer cannot be read"));
  } else {
    complete(*found, message.bytes.subspan(digits + 1));
  }
}

void Client::on_piece(MessageType, std::span<const std::byte> piece, bool, bool) noexcept {
  hear("piece", piece.size());
}

void Client::on_discarded(MessageType, std::uint64_t bytes) noexcept {
  hear("discarded", bytes);
}

void Client::on_sent(Handle, std::uint64_t tag) noexcept {
  hear("sent", tag);
  if (when_sent) when_sent(tag);
}

void Client::on_expired(Handle, std::uint64_t tag) noexcept {
  hear("expired", tag);
}

void Client::on_lost(const Error&) noexcept {
  heard.emplace_back("lost");
}

void Client::on_stopped(const Error&) noexcept {
  heard.emplace_back("stopped");
}

std::string_view Client::name_of(std::uint32_t kind) const noexcept {
  return kind == 7 ? "seven" : "echo";
}

void Client::hear(std::string_view what, std::uint64_t number) noexcept {
  heard.push_back(std::string(what) + " " + std::to_string(number));
}

}  // namespace kedge::toy
