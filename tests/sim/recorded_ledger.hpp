#pragma once
// The ledger, and the history of what it is told.

#include "checks/ledger.hpp"

#include <functional>
#include <string>
#include <utility>

namespace kedge::rig {

/// What the ledger is told is recorded first: the breach that it finds has its last event in the history.
class RecordedLedger final : public Ledger {
 public:
  /// `hear` is told the words of each error that a request ends with.
  RecordedLedger(Run& run, std::uint64_t first, Duration late, std::function<void(std::string_view)> hear)
      : Ledger(run, first, late), recorder_(run), hear_(std::move(hear)) {}

  void accepted(Request& request, Handle handle) {
    record(request, HistoryEvent::What::asked);
    Ledger::accepted(request, handle);
  }
  void refused(Request& request, const Error& error, bool gave_up) {
    record(request, HistoryEvent::What::refused, to_string(error.kind()));
    Ledger::refused(request, error, gave_up);
  }
  void ended(std::uint64_t number, const Outcome& outcome) {
    hear_(outcome.error.message());
    Request unknown;
    unknown.number = number;
    const Request* request = find(number);
    record(request != nullptr ? *request : unknown,
           outcome.error ? HistoryEvent::What::failed : HistoryEvent::What::answered,
           outcome.error.message());
    Ledger::ended(number, outcome);
  }
  void cancelled(Request& request, bool said) {
    record(request, said ? HistoryEvent::What::cancelled : HistoryEvent::What::not_cancelled);
    Ledger::cancelled(request, said);
  }

 private:
  void record(const Request& request, HistoryEvent::What what, std::string_view words = {}) {
    recorder_.record({recorder_.world.now(), request.number, what, request.kind, request.priority,
                      request.deadline - request.asked, std::string(words)});
  }

  Run& recorder_;
  std::function<void(std::string_view)> hear_;
};

}  // namespace kedge::rig
