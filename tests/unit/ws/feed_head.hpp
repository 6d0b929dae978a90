#pragma once
// For what reads the head of an HTTP message: HttpHead, UpgradeClient, UpgradeServer.

#include "frames.hpp"
#include "support/cmocka.hpp"

#include <kedge/result.hpp>

#include <algorithm>

namespace kedge::test {

/// Feeds `text`, `step` bytes at a time (0: at once), until the head is complete or wrong. Adds what the head
/// took to `used`.
template <class Reader>
Result<bool> feed_head(Reader& reader, std::string_view text, std::size_t step, std::size_t& used) {
  while (!text.empty()) {
    std::size_t taken = 0;
    const std::size_t count = step == 0 ? text.size() : std::min(step, text.size());
    const Result<bool> result = reader.feed(as_bytes(text.substr(0, count)), &taken);
    used += taken;
    if (!result || *result) return result;
    EXPECT(taken == count, "all taken while the head is incomplete");
    text.remove_prefix(count);
  }
  return false;
}

}  // namespace kedge::test
