#include "waiting_rows.hpp"

#include "../../program/standard_descriptors.hpp"
#include "pending_command.hpp"
#include "row_json.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace kedge::cli::agent_gate {

namespace {

Result<std::string> folder_for(const Options& options) {
  if (!options.spool) return Error(ErrorKind::config, "--no-spool");
  return spool_folder();
}

// The library's name of the limit is not the user's.
std::string larger(std::uint64_t bytes) {
  return std::string("was larger than --max-message allows: ").append(std::to_string(bytes)).append(" bytes");
}

Error too_large_error(std::size_t count, std::uint64_t largest) {
  if (count == 1) return Error(ErrorKind::too_large, std::string("a result ").append(larger(largest)));
  return Error(ErrorKind::too_large, std::to_string(count))
      .append(" results were larger than --max-message allows, the largest of ")
      .append(std::to_string(largest))
      .append(" bytes");
}

}  // namespace

WaitingRows::WaitingRows(const Options& options, Reporter& reporter)
    : options_(options), reporter_(reporter), spool_(folder_for(options), options.url) {}

bool WaitingRows::can_keep() {
  if (!options_.spool) return !program::goes_nowhere(STDERR_FILENO);
  const Error why = spool_.check().error();
  if (!why) return true;
  reporter_.note(std::string("results of earlier requests stay at the server: ").append(why.message()));
  return false;
}

void WaitingRows::take() {
  if (!options_.spool) return;
  auto taken = spool_.take();
  if (!taken) {
    const std::string text = std::string("no earlier results: ").append(taken.error().message());
    // Where no folder is named nothing was ever kept.
    return spool_folder() ? reporter_.warning(text) : reporter_.note(text);
  }
  rows_ = std::move(taken->rows);
  if (taken->unreadable == 0) return;
  const bool one = taken->unreadable == 1;
  reporter_.warning(std::to_string(taken->unreadable)
                        .append(one ? " earlier result" : " earlier results")
                        .append(" cannot be read, and ")
                        .append(one ? "was left in " : "were left in ")
                        .append(spool_.folder()));
}

void WaitingRows::add(const kedge::agent_gate::ResultRow& row) {
  std::string json = row_as_json(row);
  auto kept = spool_.keep(json);
  if (kept) {
    rows_.push_back(*std::move(kept));
  } else {
    not_kept_ = kept.error();
    rows_.push_back({{}, std::move(json), {}});
  }
}

void WaitingRows::keep(const kedge::agent_gate::ResultRow& row, Reporter::Owner owner) {
  if (row.too_large) {
    reporter_.warning(std::string("a result of an earlier request ").append(larger(row.bytes)));
  }
  const std::string json = row_as_json(row);
  const auto kept = spool_.keep(json);
  if (!kept) return show(json, owner, kept.error());
  own_kept_ = own_kept_ || owner == Reporter::Owner::this_call;
}

void WaitingRows::show(std::string_view json, Reporter::Owner owner, const Error& why) {
  if (options_.spool && !std::exchange(warned_, true)) {
    reporter_.warning(std::string("a result cannot be kept: ").append(why.message()));
  }
  reporter_.unclaimed(json, owner);
}

Result<void> WaitingRows::print() {
  std::string text = "[";
  for (const Spool::Row& row : rows_) text.append(text.size() == 1 ? "" : ",").append(row.json);
  const auto printed = reporter_.result(text.append("]"));
  std::size_t too_large = 0;
  std::uint64_t largest = 0;
  for (const Spool::Row& row : std::exchange(rows_, {})) {
    if (const auto bytes = too_large_bytes(row.json)) {
      ++too_large;
      largest = std::max(largest, *bytes);
    }
    if (printed) {
      spool_.remove(row);
    } else if (row.name.empty()) {
      show(row.json, Reporter::Owner::earlier, not_kept_);
    }
  }
  if (!printed || too_large == 0) return printed;
  return too_large_error(too_large, largest);
}

void WaitingRows::tell() {
  if (!options_.spool) return;
  const std::size_t all = spool_.waiting();
  const std::size_t own = own_kept_ ? 1 : 0;  // of which the error tells
  if (all <= own) return;
  const std::size_t count = all - own;
  std::string text = std::to_string(count);
  text.append(count == 1 ? " result of an earlier request waits: " : " results of earlier requests wait: ");
  reporter_.note(text.append(pending_command(options_, false)), count);
}

}  // namespace kedge::cli::agent_gate
