#include "results.hpp"

#include "../../program/timestamp.hpp"
#include "rpc.hpp"

#include <algorithm>
#include <utility>

namespace kedge::hub::agent_gate {

namespace {

using program::rfc3339;

std::string row_json(const StoredResult& row) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object();
  writer.member("request_id", row.request_id).member("tool_name", row.tool).member("args", row.args);
  writer.member("signature", signature_of(row.tool, row.args)).member("result", row.result);
  writer.member("created_at", rfc3339(row.created).text())
      .member("expires_at", rfc3339(row.expires_wall).text());
  writer.end_object();
  return sink.take();
}

}  // namespace

std::string signature_of(const std::string& tool, const std::string& args) {
  return tool + "(" + args + ")";
}

bool Results::add(StoredResult result) {
  const bool room = rows_.size() < max_;
  if (!room && !rows_.empty()) rows_.pop_front();
  earliest_ = std::min(earliest_, result.expires);
  rows_.push_back(std::move(result));
  return room;
}

Results::Listing Results::list(std::size_t bytes_max) const {
  Listing listing{R"({"results":[)", 0};
  for (const StoredResult& row : rows_) {
    const std::string json = row_json(row);
    if (listing.rows > 0 && listing.json.size() + json.size() + 3 > bytes_max) break;
    if (listing.rows > 0) listing.json += ',';
    listing.json += json;
    ++listing.rows;
  }
  listing.json += "]}";
  return listing;
}

void Results::remove(std::size_t rows) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(rows, rows_.size()));
  rows_.erase(rows_.begin(), rows_.begin() + count);
}

void Results::expire(Instant now) {
  if (now < earliest_) return;
  std::erase_if(rows_, [now](const StoredResult& row) { return row.expires <= now; });
  earliest_ = never;
  for (const StoredResult& row : rows_) earliest_ = std::min(earliest_, row.expires);
}

}  // namespace kedge::hub::agent_gate
