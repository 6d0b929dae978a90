#include "run.hpp"

#include <cstdio>

namespace kedge::rig {

namespace {

sim::Capacity capacity() {
  sim::Capacity capacity;
  capacity.ports = 4;
  capacity.hosts = 2;
  capacity.connections = 32;
  capacity.buffer_bytes = 32 * 1024;
  capacity.names = 4;
  capacity.actions = 256;
  return capacity;
}

constexpr std::array<std::string_view, fault_kinds> names = {"rough line",
                                                             "reset",
                                                             "silence",
                                                             "orderly end",
                                                             "refused attempt",
                                                             "name failure",
                                                             "TLS failure",
                                                             "upgrade failure",
                                                             "accept and close",
                                                             "close by the peer",
                                                             "authentication",
                                                             "server restart",
                                                             "client restart",
                                                             "client close",
                                                             "token rotation",
                                                             "late answer",
                                                             "double answer",
                                                             "wrong id",
                                                             "malformed message",
                                                             "oversized message",
                                                             "wall clock jump",
                                                             "random failure",
                                                             "port call failure",
                                                             "full pool or ring",
                                                             "handler calls back",
                                                             "wrong fulfillment",
                                                             "ids come around",
                                                             "proxy's answer",
                                                             "endless hint",
                                                             "unreadable answer",
                                                             "lost answer",
                                                             "slot held",
                                                             "close with 1009",
                                                             "message cut short",
                                                             "bad frame",
                                                             "flood",
                                                             "user stops reading",
                                                             "source runs dry",
                                                             "source fails",
                                                             "client destroyed"};

// Messages may be binary: what is no text is shown as \x and two digits.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    if (value >= 0x20 && value < 0x7F) {
      out += c;
    } else {
      out += "\\x";
      out += "0123456789abcdef"[value >> 4U];
      out += "0123456789abcdef"[value & 0xFU];
    }
  }
  return out;
}

}  // namespace

std::string_view to_string(Fault fault) noexcept {
  return names[static_cast<std::size_t>(fault)];
}

Tally& Tally::operator+=(const Tally& other) noexcept {
  runs += other.runs;
  steps += other.steps;
  requests += other.requests;
  answered += other.answered;
  attempts += other.attempts;
  readies += other.readies;
  rows += other.rows;
  for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += other.faults[i];
  return *this;
}

Run::Run(std::uint64_t seed_in, const Options& options_in)
    : seed(seed_in),
      options(options_in),
      world(seed_in, capacity()),
      rng(sim::mix(seed_in ^ 0x5EED)),
      began_(world.now()),
      history_(began_) {}

void Run::note(const std::string& text) noexcept {
  world.note(text);
  if (options.verbose) say(text);
}

void Run::record(HistoryEvent event) {
  if (options.verbose) say("request " + std::to_string(event.request) + " " + to_string(event));
  history_.add(std::move(event));
}

void Run::say(const std::string& text) const noexcept {
  const double now = std::chrono::duration<double>(world.now() - began_).count();
  std::fprintf(stderr, "%12.6f s  %s\n", now, text.c_str());
}

void Run::broke(std::string_view rule, const std::string& detail) {
  if (broken()) return;
  rule_ = rule;
  detail_ = printable(detail);
  step_ = world.events();
  world.note("BROKEN: " + rule_);
}

std::string moment(const Run& run, Instant when) {
  if (when == never) return "never";
  const auto away = std::chrono::duration_cast<std::chrono::microseconds>(when - run.world.now()).count();
  return std::to_string(away) + " us from now";
}

}  // namespace kedge::rig
