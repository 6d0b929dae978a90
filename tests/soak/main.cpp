// Many clients of agent-gate in one process on one loop, for soak.py, which starts this and gives the orders:
// a line each on standard input (run, stop, fetch, close, quit; its end is quit too). What was asked for has
// happened when a line of JSON on standard output says so.

#include "agent.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace kedge;
using namespace kedge::soak;

void tell(const char* event) {
  std::printf("{\"event\":\"%s\"}\n", event);
  std::fflush(stdout);
}

class Orchestra final : public AgentEvents {
 public:
  Orchestra(const std::vector<std::string>& urls, const AgentOptions& common, const char* journal)
      : journal_(journal) {
    for (const std::string& url : urls) {
      AgentOptions options = common;
      options.number = static_cast<unsigned>(agents_.size());
      options.url = url;
      agents_.push_back(std::make_unique<Agent>(loop_, journal_, *this, options));
    }
  }

  int run() {
    bool usable = loop_.status().ok() && journal_.usable();
    for (const auto& agent : agents_) usable = usable && agent->usable();
    if (!usable) return 2;
    uv_pipe_init(loop_.native(), &orders_, 0);
    orders_.data = this;
    if (uv_pipe_open(&orders_, 0) != 0) return 2;
    uv_read_start(reinterpret_cast<uv_stream_t*>(&orders_), give_room, on_read);
    uv_timer_init(loop_.native(), &flush_);
    flush_.data = this;
    uv_timer_start(
        &flush_, [](uv_timer_t* self) { static_cast<Orchestra*>(self->data)->journal_.flush(); }, 200, 200);
    tell("started");
    loop_.run();
    return 0;
  }

  void on_idle() noexcept override { count("idle"); }
  void on_fetched() noexcept override { count("fetched"); }
  void on_closed() noexcept override { count("closed"); }

 private:
  // What was asked of all has happened when it has happened to the last.
  void count(const char* event) noexcept {
    if (++done_ < agents_.size()) return;
    journal_.flush();
    tell(event);
  }

  static void give_room(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    auto* self = static_cast<Orchestra*>(handle->data);
    *buffer = uv_buf_init(self->room_, sizeof self->room_);
  }
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t*) {
    auto* self = static_cast<Orchestra*>(stream->data);
    if (size < 0) return self->quit();
    self->line_.append(self->room_, static_cast<std::size_t>(size));
    for (std::size_t end; (end = self->line_.find('\n')) != std::string::npos;) {
      const std::string order = self->line_.substr(0, end);
      self->line_.erase(0, end + 1);
      self->obey(order);
    }
  }
  void obey(const std::string& order) {
    if (order == "quit") return quit();
    closed_ = closed_ || order == "close";
    done_ = 0;
    for (const auto& agent : agents_) {
      if (order == "run") agent->start();
      if (order == "stop") agent->stop();
      if (order == "fetch") agent->fetch();
      if (order == "close") agent->close();
    }
  }
  void quit() {
    // Whoever gave the orders is gone in the middle of it: clients that are open cannot be destroyed.
    if (!closed_) uv::exit_now(3);
    uv_close(reinterpret_cast<uv_handle_t*>(&orders_), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&flush_), nullptr);
    loop_.stop();
  }

  Journal journal_;
  uv::Loop loop_;
  std::vector<std::unique_ptr<Agent>> agents_;
  uv_pipe_t orders_{};
  uv_timer_t flush_{};
  char room_[256];
  std::string line_;
  std::size_t done_ = 0;
  bool closed_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Clients of agent-gate under a random workload", "soak_clients");
  std::vector<std::string> urls;
  std::string journal;
  AgentOptions options;
  app.add_option("--journal", journal, "File to write what happens to")->required();
  app.add_option("--ca", options.ca_file, "The CA to trust")->required();
  app.add_option("--seed", options.seed, "Of the workload");
  app.add_option("--pace-ms", options.pace_ms, "From one request to the next, on average");
  app.add_option("--patience-ms", options.patience_ms, "Usual deadlines, at the least");
  app.add_option("urls", urls, "A client for each")->required();
  CLI11_PARSE(app, argc, argv);
  int code = 1;
  {
    // Before the end: a client that is not closed would be destroyed.
    auto orchestra = std::make_unique<Orchestra>(urls, options, journal.c_str());
    code = orchestra->run();
    if (code != 0) std::fprintf(stderr, "soak_clients: the loop, the journal or the CA cannot be used\n");
  }
  return code;
}
