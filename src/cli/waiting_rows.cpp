#include "waiting_rows.hpp"

#include "pending_command.hpp"

#include <algorithm>
#include <utility>

namespace kedge::cli {

namespace {

Result<std::string> folder_for(const GateOptions& options) {
  if (!options.spool) return Error(ErrorKind::config, "--no-spool");
  return spool_folder();
}

}  // namespace

WaitingRows::WaitingRows(const GateOptions& options, Reporter& reporter)
    : options_(options), reporter_(reporter), spool_(folder_for(options), options.url) {}

void WaitingRows::take() {
  if (!options_.spool) return;
  auto taken = spool_.take();
  if (!taken) return reporter_.warning(std::string("no earlier results: ").append(taken.error().message()));
  rows_ = std::move(taken->rows);
  if (taken->unreadable == 0) return;
  const std::string count = std::to_string(taken->unreadable);
  reporter_.warning(count + " earlier results cannot be read, and were left in their folder");
}

void WaitingRows::add(const agent_gate::ResultRow& row) {
  std::string json = row_as_json(row);
  auto kept = spool_.keep(json);
  if (kept) {
    rows_.push_back(*std::move(kept));
  } else {
    not_kept_ = kept.error();
    rows_.push_back({{}, std::move(json), {}});
  }
}

void WaitingRows::keep(const agent_gate::ResultRow& row) {
  const std::string json = row_as_json(row);
  if (auto kept = spool_.keep(json); !kept) show(json, kept.error());
}

void WaitingRows::show(std::string_view json, const Error& why) {
  if (options_.spool && !std::exchange(warned_, true)) {
    reporter_.warning(std::string("a result cannot be kept: ").append(why.message()));
  }
  reporter_.unclaimed(json);
}

Result<void> WaitingRows::print() {
  std::string text = "[";
  for (const Spool::Row& row : rows_) text.append(text.size() == 1 ? "" : ",").append(row.json);
  const auto printed = reporter_.result(text.append("]"));
  for (const Spool::Row& row : std::exchange(rows_, {})) {
    if (printed) {
      spool_.remove(row);
    } else if (row.name.empty()) {
      show(row.json, not_kept_);
    }
  }
  return printed;
}

void WaitingRows::tell() {
  if (!options_.spool) return;
  const std::size_t count = spool_.waiting();
  if (count == 0) return;
  const std::string_view what =
      count == 1 ? " result of an earlier request waits: " : " results of earlier requests wait: ";
  reporter_.note(std::to_string(count).append(what).append(pending_command(options_, false)));
}

}  // namespace kedge::cli
