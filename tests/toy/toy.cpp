#include "toy.hpp"

#include "protocol/core/client_core.hpp"
#include "protocol/core/placement.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace kedge::toy {

namespace {

OnLoss on_loss(Fate fate) noexcept {
  switch (fate) {
    case Fate::keep:
      return OnLoss::keep;
    case Fate::resend:
      return OnLoss::resend;
    default:
      return OnLoss::fail;
  }
}

}  // namespace

class Client::Impl : public ClientCore {
 public:
  using ClientCore::storage_bytes;
  Impl(Port& port, ClientConfig config, const Limits& limits, Arena& arena) noexcept
      : ClientCore(port, std::move(config), LinkOptions{}, "nobody knows", limits, arena) {}

  Result<Handle> ask(std::string_view text, Completion completion, const Options& options) noexcept {
    if (is_closed()) return Error(ErrorKind::closed, "the client is closed");
    PendingPool::Request request;
    request.id = ++last_id_;
    request.deadline = after(link_.port().now(), options.deadline);
    request.answer_timeout = options.answer_timeout;
    request.on_loss = on_loss(options.fate);
    const auto sink = requests_.begin(request, completion.release(), {});
    if (!sink) return sink.error();
    std::array<char, 20> digits{};
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), request.id).ptr;
    (*sink)->write(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
    (*sink)->write(" ");
    (*sink)->write(text);
    return requests_.commit();
  }

 private:
  std::string_view name_of(const PendingPool::Request&) const noexcept override { return "echo"; }
  void on_open(const Opened& opened) noexcept override {
    Sink& sink = begin_own(MessageType::text);
    sink.write("hello ");
    sink.write(opened.secret.reveal());
    if (auto sent = commit_own("hello", {}); !sent) link_.end_line(sent.error());
  }
  void on_message(const Message& message) noexcept override {
    const std::string_view text = message.text();
    if (!is_accepted()) return text == "welcome" ? link_.authenticated() : protocol_error("no welcome");
    std::uint64_t id = 0;
    const char* end = std::from_chars(text.data(), text.data() + text.size(), id).ptr;
    const auto digits = static_cast<std::size_t>(end - text.data());
    const auto found = digits < text.size() ? pool_.find(id) : std::nullopt;
    if (!found) return protocol_error("an answer to nothing");
    const Outcome::Result result = message.bytes.subspan(digits + 1);
    requests_.complete(*found, &result);
  }

  std::uint64_t last_id_ = 0;
};

Client::Client(Port& port, ClientConfig config, const Limits& limits, std::span<std::byte> storage) noexcept {
  config_error_ = check_placement(limits, storage).error();
  if (!config_error_) core_ = place<Impl>(limits, storage, port, std::move(config));
}

Result<Handle> Client::ask(std::string_view text, Completion completion, const Options& options) noexcept {
  if (core_ == nullptr) return config_error_;
  return static_cast<Impl*>(core_)->ask(text, std::move(completion), options);
}

}  // namespace kedge::toy
