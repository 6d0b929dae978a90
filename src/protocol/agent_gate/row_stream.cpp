#include "row_stream.hpp"

#include <kedge/json_text.hpp>

#include <algorithm>
#include <cstring>

namespace kedge::agent_gate {

using json::Token;

namespace {

void count(std::uint8_t& seen) noexcept {
  seen = static_cast<std::uint8_t>(std::min(seen + 1, 2));
}

}  // namespace

void RowStream::start() noexcept {
  reader_.reset();
  piece_ = {};
  piece_begin_ = 0;
  key_size_ = 0;
  kept_ = 0;
  at_key_ = inside_result_ = inside_results_ = inside_row_ = ended_ = not_object_ = false;
  result_null_ = error_null_ = false;
  results_seen_ = errors_seen_ = ids_seen_ = 0;
  end_ = {};
}

void RowStream::feed(std::string_view piece, bool last) noexcept {
  end_.bytes += piece.size();
  if (ended_) return;
  piece_ = piece;
  reader_.feed(piece, last);
  for (;;) {
    const Token found = reader_.next();
    if (found == Token::need_more) break;
    if (found == Token::end || found == Token::error) {
      if (found == Token::error) end_.error = reader_.error();
      ended_ = true;
      return;
    }
    token(found);
  }
  if (inside_row_) keep(std::max(row_begin_, piece_begin_), piece_begin_ + piece_.size());
  piece_begin_ += piece_.size();
}

void RowStream::token(Token found) noexcept {
  const std::uint8_t depth = reader_.depth();
  switch (found) {
    case Token::key:
      if (!inside_row_) key_part();
      return;
    case Token::end_object:
      if (inside_row_ && depth == in_results) row_ends();
      if (inside_result_ && depth == in_message) inside_result_ = false;
      return;
    case Token::end_array:
      if (inside_results_ && depth == in_result) inside_results_ = false;
      return;
    case Token::begin_object:
      if (inside_results_ && depth == in_row) {
        inside_row_ = true;
        row_begin_ = reader_.token_offset();
        kept_ = 0;
      }
      break;
    default:
      break;
  }
  const bool begins = found == Token::begin_object || found == Token::begin_array;
  if (depth == (begins ? in_message : 0) && found != Token::begin_object) not_object_ = true;
  if (at_key_) member_begins(found);
}

void RowStream::key_part() noexcept {
  if (reader_.first_part()) key_size_ = 0;
  const std::string_view raw = reader_.raw();
  if (key_size_ + raw.size() <= key_bytes_max) {
    std::memcpy(key_.data() + key_size_, raw.data(), raw.size());
    key_size_ += raw.size();
  } else {
    key_size_ = key_bytes_max + 1;
  }
  at_key_ = reader_.last_part();
}

// The value of a member begins (or is there whole); a string may come in parts.
void RowStream::member_begins(Token found) noexcept {
  const bool begins = found == Token::begin_object || found == Token::begin_array;
  const int level = reader_.depth() - (begins ? 1 : 0);
  at_key_ = false;
  if (key_size_ > key_bytes_max || inside_row_) return;
  const std::string_view key(key_.data(), key_size_);
  if (level == in_message) {
    if (json::equals(key, "id")) {
      take_id(found);
    } else if (json::equals(key, "result")) {
      count(results_seen_);
      result_null_ = found == Token::null;
      inside_result_ = found == Token::begin_object;
    } else if (json::equals(key, "error")) {
      count(errors_seen_);
      error_null_ = found == Token::null;
    }
  } else if (level == in_result && inside_result_ && found == Token::begin_array) {
    inside_results_ = json::equals(key, "results");
    end_.has_results = end_.has_results || inside_results_;
  }
}

void RowStream::take_id(Token found) noexcept {
  count(ids_seen_);
  end_.id_kind = ReplyId::Kind::other;
  if (found == Token::null) end_.id_kind = ReplyId::Kind::null;
  if (found == Token::string) end_.id_kind = ReplyId::Kind::text;
  if (found != Token::number || !reader_.whole()) return;
  if (const auto number = json::to_uint64(reader_.raw())) {
    end_.id_kind = ReplyId::Kind::number;
    end_.id = *number;
  }
}

void RowStream::row_ends() noexcept {
  const std::uint64_t row_end = reader_.offset();
  keep(std::max(row_begin_, piece_begin_), row_end);
  inside_row_ = false;
  sink_.on_row(buffer_.first(kept_), row_end - row_begin_);
}

// Keeps bytes of the piece, by their offsets in the message, as far as there is room.
void RowStream::keep(std::uint64_t from, std::uint64_t to) noexcept {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(to - from, buffer_.size() - kept_));
  if (size == 0) return;
  std::memmove(buffer_.data() + kept_, piece_.data() + (from - piece_begin_), size);
  kept_ += size;
}

RowStream::End RowStream::end() const noexcept {
  End end = end_;
  const auto malformed = [&end](std::string_view why) noexcept {
    end.error = Error(ErrorKind::protocol, Layer::protocol, 0, why);
  };
  if (end.error) return end;
  // One that is null beside the other counts as absent.
  const int errors = errors_seen_ == 1 && error_null_ && results_seen_ > 0 ? 0 : errors_seen_;
  const int results = results_seen_ == 1 && result_null_ && errors > 0 ? 0 : results_seen_;
  if (not_object_) {
    malformed("the message is not an object");
  } else if (results + errors == 0) {
    malformed("neither result nor error");
  } else if (results + errors > 1) {
    malformed(results == 2  ? "an answer with two results"
              : errors == 2 ? "an answer with two errors"
                            : "an answer with both result and error");
  } else if (ids_seen_ > 1) {
    malformed("an answer with two ids");
  }
  return end;
}

}  // namespace kedge::agent_gate
