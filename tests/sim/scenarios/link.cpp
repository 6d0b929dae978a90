// The link by itself, with a protocol of four words: what agent-gate has no use for, such as messages that
// are kept until they are acknowledged, queues that drop their oldest, and a user who stops reading.

#include "link/link.hpp"
#include "../client_actor.hpp"
#include "../model/gossip.hpp"
#include "../play.hpp"
#include "../scenario.hpp"
#include "base/arena.hpp"

#include <charconv>
#include <set>
#include <vector>

namespace kedge::rig {

using namespace std::chrono_literals;

namespace {

// "hello TOKEN" is answered with "welcome"; "keep N ..." with "ack N", "say N ..." with nothing; "push" comes
// unasked.

std::uint64_t number_in(std::string_view text) {
  const std::size_t at = text.find(' ');
  std::uint64_t number = 0;
  if (at != std::string_view::npos)
    (void)std::from_chars(text.data() + at + 1, text.data() + text.size(), number);
  return number;
}

class LinkServer final : public ModelService {
 public:
  LinkServer(Run& run, Chaos& chaos) : run_(run), chaos_(chaos) {}

  [[nodiscard]] static std::string token() { return "sesame-open"; }
  Conduct conduct() override { return chaos_.conduct(); }
  void on_open(Wire& wire, const std::string&) override { greeted_.erase(wire.number()); }
  void on_gone(Wire&) override {}
  void on_text(Wire& wire, std::string_view text) override {
    if (!greeted_.contains(wire.number())) return greet(wire, text);
    const std::uint64_t number = number_in(text);
    if (text.starts_with("keep ")) {
      kept_.insert(number);
      if (run_.mishap(100)) return;  // lost: it comes again on the next line
      wire.say("ack " + std::to_string(number));
      if (run_.mishap(50)) {
        run_.count(Fault::double_answer);
        wire.say("ack " + std::to_string(number));
      }
    } else {
      run_.check(text.starts_with("say "), "the client sends what was asked",
                 [&] { return std::string(text.substr(0, 40)); });
      run_.check(said_.insert(number).second, "what is not kept arrives once at most",
                 [&] { return "message " + std::to_string(number); });
    }
    if (run_.mishap(60)) misbehave(wire);
  }
  [[nodiscard]] bool has_kept(std::uint64_t number) const { return kept_.contains(number); }

 private:
  void greet(Wire& wire, std::string_view text) {
    run_.check(text == "hello sesame-open", "the greeting comes first",
               [&] { return std::string(text.substr(0, 40)); });
    if (run_.mishap(20)) return;
    if (run_.mishap(20)) {
      run_.count(Fault::authentication);
      return wire.close(1008, "not with " + std::string(text));
    }
    greeted_.insert(wire.number());
    wire.say("welcome");
  }
  void misbehave(Wire& wire) {
    switch (run_.rng.between(std::uint64_t{0}, std::uint64_t{5})) {
      case 5:
        run_.count(Fault::peer_close);
        return wire.close(1011, gossip(run_, "no more of you", "sesame-open"));
      case 0:
        run_.count(Fault::wrong_id);
        return wire.say("ack 999999999");
      case 1:
        run_.count(Fault::oversized);
        return wire.say("push " + std::string(20'000, 'x'), 3000);
      case 2:
        return wire.say_frame(2, true, "push");
      case 3:
        return wire.ping();
      default:
        return wire.say("push", 1);
    }
  }

  Run& run_;
  Chaos& chaos_;
  std::set<std::uint64_t> greeted_;  // wires
  std::set<std::uint64_t> kept_;
  std::set<std::uint64_t> said_;
};

class LinkProcess final : public ClientActor<Link, LinkServer>, private Protocol {
 public:
  LinkProcess(Run& run, Chaos& chaos, const Plan& plan_in, std::uint64_t first_number, LinkServer& server)
      : ClientActor(run, chaos, plan_in, first_number, server, Link::storage_bytes(plan_in.limits)) {
    Arena arena(storage_);
    make(client_config(), LinkOptions{}, plan().limits, arena, static_cast<Protocol&>(*this));
    start();
  }

  void watch() override {
    Actor::watch();
    if (paused_ && (run_.is_calm() || run_.world.now() >= resume_at_)) resume();
  }

  void do_something(bool) override {
    sim::Rng& rng = run_.rng;
    const std::uint64_t die = rng.between(std::uint64_t{0}, std::uint64_t{999});
    if (die < 750) {
      send();
    } else if (die < 850) {
      cancel_something();
    } else if (die < 900) {
      const std::uint64_t burst = rng.between(std::uint64_t{1}, std::uint64_t{40});
      for (std::uint64_t i = 0; i < burst; ++i) send();
    } else if (die < 930) {
      retry_now();
    } else if (die < 960 && !run_.is_calm() && life().state() == LinkState::ready && !paused_) {
      paused_ = true;
      resume_at_ = after(run_.world.now(), rng.between(Duration(10ms), Duration(20s)));
      line_.paused();
      stages_.paused();
      client_->pause_reading();
    }
  }

  void expect_idle() override {
    const Statistics now = client_->statistics();
    run_.check(now.queued == 0 && now.queued_bytes == 0, "the ring is empty when idle",
               [&] { return std::to_string(now.queued) + " queued"; });
    const std::size_t block = plan().limits.outbound_block_bytes;
    const std::size_t fits = std::min<std::size_t>(plan().limits.outbound_messages_max,
                                                   (plan().limits.outbound_bytes + block - 1) / block);
    std::size_t taken = 0;
    while (taken <= fits && client_->ring().try_push(std::as_bytes(std::span("say 0 ", 6)), {})) ++taken;
    run_.check(taken == fits, "the ring is whole when idle",
               [&] { return std::to_string(taken) + " messages fit, not " + std::to_string(fits); });
    client_->ring().clear();
  }

 private:
  enum class Kind : int { say, keep };

  // Protocol
  void on_open(const Opened& opened) noexcept override {
    OutboundOptions options;
    options.reserved = true;
    const std::string hello = "hello " + std::string(opened.secret.reveal());
    run_.check(client_->ring().try_push(std::as_bytes(std::span(hello)), options).ok(),
               "there is room for the greeting", [] { return std::string("none"); });
    client_->wake();
  }
  void on_message(const Message& message) noexcept override {
    const std::string_view text = message.text();
    run_.check(!paused_, "nothing is handed up while reading is paused",
               [&] { return std::string(text.substr(0, 40)); });
    run_.check(text.size() <= plan().limits.inbound_message_bytes_max, "no message is larger than the limit",
               [&] { return std::to_string(text.size()); });
    if (message.type == MessageType::text && text == "welcome") return client_->authenticated();
    if (text.starts_with("ack ")) acknowledged(number_in(text));
    if (run_.mishap(50)) call_back();
  }
  void on_piece(MessageType, std::span<const std::byte>, bool, bool) noexcept override {
    run_.broke("pieces come only to those who want them", "a piece");
  }
  void on_sent(Handle entry, std::uint64_t tag) noexcept override {
    Request* request = find(entry, tag);
    if (request == nullptr || request->kept) return;
    run_.check(request->taken, "only what the stream has taken is told as sent",
               [&] { return std::to_string(tag); });
    if (!request->cancelled) return end(*request, {});
    end(*request, Error(ErrorKind::cancelled, "cancelled, and sent all the same"));
  }
  void on_expired(Handle entry, std::uint64_t tag) noexcept override {
    Request* request = find(entry, tag);
    if (request == nullptr) return;
    if (pushing_) {
      dropped_.push_back(request->number);
      return;
    }
    run_.check(run_.world.now() >= request->deadline, "no deadline passes early",
               [&] { return std::to_string(tag); });
    end(*request, Error(ErrorKind::timeout, "its deadline passed"));
  }
  void on_lost(const Error&) noexcept override {
    paused_ = false;  // a pause is of one connection
    // What was cancelled half sent is gone with its line, untold.
    for (const std::uint64_t number : std::vector(ledger().open())) {
      Request& request = *ledger().find(number);
      if (request.cancelled) end(request, Error(ErrorKind::cancelled, "cancelled"));
    }
  }
  void on_stopped(const Error&) noexcept override {
    for (const std::uint64_t number : std::vector(ledger().open())) {
      Request& request = *ledger().find(number);
      end(request,
          request.cancelled ? Error(ErrorKind::cancelled, "cancelled") : Error(ErrorKind::closed, "closed"));
    }
  }

  // Actor
  [[nodiscard]] bool counts_agree(const Statistics& now) override {
    return now.queued >= ledger().open().size() &&
           now.queued <= ledger().open().size() + plan().limits.reserved_messages_max;
  }
  [[nodiscard]] std::string_view secret() const override { return "sesame-o"; }
  Meaning read(std::string_view begin, const std::vector<Request*>&) override {
    if (begin.starts_with("hello ")) return {Whose::own, 0};
    const std::uint64_t number = number_in(begin);
    return {number == 0 ? Whose::unknown : Whose::request, number};
  }
  void heard(std::uint8_t, std::string_view, bool) override {}

  void send() {
    sim::Rng& rng = run_.rng;
    OutboundOptions options;
    options.priority = static_cast<Priority>(rng.between(std::uint64_t{0}, std::uint64_t{2}));
    const bool keep = rng.chance(300);
    options.release = keep ? Release::acked : Release::sent;
    const Duration deadline = rng.chance(300) ? rng.between(Duration(1ms), Duration(2s))
                                              : rng.between(Duration(2s), Duration(100s));
    Request& request =
        ledger().begin(static_cast<int>(keep ? Kind::keep : Kind::say), options.priority, deadline);
    request.until_begun = true;
    request.kept = keep;
    options.deadline = request.deadline;
    options.tag = static_cast<std::uint32_t>(request.number);
    std::string text = (keep ? "keep " : "say ") + std::to_string(request.number) + " ";
    if (rng.chance(200))
      text += std::string(
          static_cast<std::size_t>(rng.between(std::uint64_t{0}, plan().limits.outbound_message_bytes_max)),
          'p');
    // The ring would take what nobody will send: who uses it asks the state first.
    if (client_->state() == LinkState::closed || ledger().is_closing())
      return ledger().refused(request, Error(ErrorKind::closed, "closed"), true);
    const bool dropping = rng.chance(200);
    const std::uint64_t number = request.number;
    const auto bytes = std::as_bytes(std::span(text));
    pushing_ = dropping;
    const auto handle = dropping ? client_->ring().push_drop_oldest(bytes, options)
                                 : client_->ring().try_push(bytes, options);
    pushing_ = false;
    Request& now = *ledger().find(number);
    if (handle) {
      ledger().accepted(now, *handle);
      client_->wake();
    } else {
      ledger().refused(now, handle.error(), false);
    }
    for (const std::uint64_t old : std::exchange(dropped_, {})) {
      Request& dropped = *ledger().find(old);
      run_.check(!dropped.kept && !dropped.taken && dropped.priority == now.priority,
                 "only what waits unkept in the same queue is dropped for something newer",
                 [&] { return std::to_string(old); });
      for (const std::uint64_t number : ledger().open()) {
        const Request& other = *ledger().find(number);
        const bool could = line_.waits(other) && !other.kept && other.priority == now.priority;
        run_.check(!could || other.number >= old, "the oldest is dropped first", [&] {
          return std::to_string(old) + " was dropped before " + std::to_string(other.number);
        });
      }
      end(dropped, Error(ErrorKind::timeout, "dropped"));
    }
  }

  void cancel_something() {
    if (ledger().all().empty() || ledger().is_closing()) return;
    Request& request = any_request();
    if (request.refused) return;
    const bool said = client_->ring().cancel(request.handle);
    run_.check(!said || !request.ended, "cancel succeeds only for what is open",
               [&] { return std::to_string(request.number); });
    if (request.ended || request.cancelled) return;
    request.cancelled = true;
    // What has begun must finish, and is told then; what is kept and has begun, too.
    if (said) return end(request, Error(ErrorKind::cancelled, "cancelled"));
    request.kept = false;
    request.due = never;
    ledger().due_changed();
  }

  void acknowledged(std::uint64_t number) {
    Request* request = ledger().find(number);
    if (request == nullptr || !request->kept || request->ended || request->refused) return;
    run_.check(server_.has_kept(number), "only what arrived is acknowledged",
               [&] { return std::to_string(number); });
    if (client_->ring().ack(request->handle)) end(*request, {});
  }

  void resume() {
    paused_ = false;
    line_.resumed();
    client_->resume_reading();
  }
  void end(Request& request, const Error& error) {
    ledger().ended(request.number, Outcome{request.handle, error, {}});
  }
  Request* find(Handle entry, std::uint64_t tag) {
    Request* request = ledger().find(tag);
    return request != nullptr && !request->ended && request->handle == entry ? request : nullptr;
  }

  bool paused_ = false;
  bool pushing_ = false;  // into a queue that may drop its oldest
  Instant resume_at_ = never;
  std::vector<std::uint64_t> dropped_;
};

class LinkSetting final : public Setting {
 public:
  using Setting::Setting;
  [[nodiscard]] ModelService& service() override { return server_; }
  [[nodiscard]] std::unique_ptr<Actor> begin(std::uint64_t first_number) override {
    return std::make_unique<LinkProcess>(run, chaos, plan, first_number, server_);
  }

 private:
  LinkServer server_{run, chaos};
};

const Registered link_scenario("link", play_in<LinkSetting>);

}  // namespace

}  // namespace kedge::rig
