#pragma once
// The agent-gate server of the protocol page as a model: answers out of order, approvals that take their
// time, one agent at a time, results kept while nobody is connected; and everything a server may do wrong.

#include "../chaos.hpp"
#include "../model/server.hpp"

#include <kedge/json.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace kedge::rig {

/// The mark that every result carries, so that it can be followed: `#12#` is result 12.
[[nodiscard]] std::vector<std::uint64_t> marks_in(std::string_view text);

class AgentGateServer final : public ModelService {
 public:
  AgentGateServer(Run& run, Chaos& chaos) : run_(run), chaos_(chaos), newer_(run.rng.chance(500)) {}

  /// What may come of the requests with this nonce in their arguments.
  struct Verdict {
    bool oversized = false;   ///< a result too large for the client
    bool unreadable = false;  ///< an answer that says nothing, or two things
    bool denied = false;
    bool timed_out = false;
    bool remote = false;
    std::vector<std::string> results;
  };
  [[nodiscard]] const Verdict& verdict(std::uint64_t nonce) { return verdicts_[nonce]; }
  /// A number for the arguments of a request, unlike all before it in this run.
  [[nodiscard]] std::uint64_t fresh_nonce() noexcept { return ++nonces_; }
  /// One more request has this nonce: the tool may run for each.
  void expect_twin(std::uint64_t nonce) { twins_.insert(nonce); }
  void rotate_token();
  [[nodiscard]] const std::string& token() const noexcept { return token_; }
  /// Sizes that a client cannot take.
  void set_client_limits(std::size_t message_bytes, std::size_t row_bytes) {
    oversize_ = std::max(message_bytes, row_bytes) + 1000;
    row_bytes_ = row_bytes;
  }
  /// Forgets what it was working on; the results it keeps are on its disk.
  void restart();
  /// Ends what holds the agent's place.
  void clear_slot() noexcept { held_until_ = Instant{}; }
  /// Since when it has kept a result for this nonce, or `never`.
  [[nodiscard]] Instant kept_since(std::uint64_t nonce) const;
  [[nodiscard]] bool has_twins(std::uint64_t nonce) const { return twins_.contains(nonce); }
  /// Whether a request came under this id.
  [[nodiscard]] bool knows_id(std::uint64_t id) const { return ids_.contains(std::to_string(id)); }
  [[nodiscard]] bool knows_list_tools() const noexcept { return newer_; }
  /// How each token begins: as much of it as a log would have to hold to tell it.
  static constexpr std::string_view token_mark = "sesame-o";
  /// What the server says when it will not tell which results it kept.
  static constexpr std::string_view no_results = "the results cannot be read";
  /// What it says to an id of its own invention.
  static constexpr std::string_view invented = "an answer to nothing that was asked";

  /// The client has read the last close with 1009: from now on it knows.
  void refusal_was_heard() {
    if (refused_ != 0) never_again_.insert(refused_);
  }

  Conduct conduct() override { return chaos_.conduct(); }
  [[nodiscard]] std::size_t message_bytes_max() const override {
    return run_.is_calm() ? ~std::size_t{0} : message_bytes_max_;
  }
  void on_too_large(Wire& wire, std::string_view begin) override;
  void on_open(Wire& wire, const std::string& head) override;
  void on_text(Wire& wire, std::string_view text) override;
  void on_gone(Wire& wire) override;

 private:
  enum class Outcome : std::uint8_t {
    executed,
    failed_in_tool,
    denied,
    denied_later,
    timed_out,
    failed,
    limited,
    silent,
    oversized
  };
  struct Job {
    std::uint64_t wire;
    std::string id, tool, args;
    std::uint64_t nonce;
    Outcome outcome;
    std::uint64_t serial;
    bool asked;  ///< a human
  };
  struct Row {
    std::string text;
    std::uint64_t nonce;
    Instant since;
  };

  void authenticate(Wire& wire, const json::Value& message);
  void refuse(Wire& wire, std::string_view token);
  void answer_list(Wire& wire, const std::string& id);
  void answer_poll(Wire& wire, const std::string& id);
  void invent_answer(Wire& wire, const std::string& id);
  void start_job(Wire& wire, const std::string& id, const json::Value& params);
  [[nodiscard]] Outcome draw(Duration& delay, bool& asked);
  void finish(const Job& job);
  void answer(const Job& job, const std::string& body);
  bool answer_unreadably(Wire& wire, const Job& job, const std::string& body);
  void keep_or_lose(const Job& job, const std::string& status, const std::string& data);
  void answer_rows(Wire& wire, const std::string& id);
  void keep(const Job& job, const std::string& status, const std::string& data);
  void say(Wire& wire, const std::string& text);
  void misbehave(Wire& wire);
  [[nodiscard]] Wire* agent(std::uint64_t number);
  [[nodiscard]] bool plan(Duration delay, Job job);

  Run& run_;
  Chaos& chaos_;
  bool newer_;
  bool keeps_all_ = run_.rng.chance(250);  // rows for what policy allows, too
  std::size_t message_bytes_max_ =
      run_.rng.chance(300) ? static_cast<std::size_t>(run_.rng.between(400, 4000)) : ~std::size_t{0};
  std::uint64_t refused_ = 0;  // nonce of the last message that was closed with 1009; 0: unknown
  std::set<std::uint64_t> never_again_;
  std::string token_ = "sesame-open-0";
  std::uint64_t tokens_ = 0;
  Wire* agent_ = nullptr;  // the one agent
  bool authenticated_ = false;
  bool deaf_ = false;           // to list_tools, on this line
  std::size_t unanswered_ = 0;  // questions it was deaf to
  Instant held_until_{};        // the place is taken by an agent that left in order, or by its approvals
  std::uint64_t nonces_ = 0;
  std::uint64_t life_ = 0;
  std::uint64_t serial_ = 0;
  std::size_t jobs_ = 0;
  std::size_t oversize_ = 0;
  std::size_t row_bytes_ = 0;
  std::vector<Row> rows_;
  std::map<std::uint64_t, Verdict> verdicts_;
  std::map<std::uint64_t, std::size_t> runs_;
  std::multiset<std::uint64_t> twins_;
  std::set<std::string> ids_;
};

}  // namespace kedge::rig
