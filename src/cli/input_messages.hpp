#pragma once
// Messages out of what standard input gives, in whatever pieces that comes. Pure: reads nothing by itself.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kedge::cli {

class InputMessages {
 public:
  enum class Cut : std::uint8_t {
    lines,    ///< each line is a message, without its line end; what follows the last one, too
    as_read,  ///< what was appended, in messages of `bytes_max` where it is more
  };
  struct Item {
    std::uint64_t number;   ///< of the message, from 1
    std::string_view text;  ///< valid until `drop`, `append` or `end`; empty when it is too long
    bool too_long = false;  ///< a line of more than `bytes_max`: the rest of it is skipped
  };

  /// Holds no more than a message and what was appended last, as long as the caller takes all that there is
  /// before he appends again.
  InputMessages(Cut cut, std::size_t bytes_max) noexcept : cut_(cut), bytes_max_(bytes_max) {}

  void append(std::string_view bytes);
  /// Nothing follows.
  void end() noexcept { ended_ = true; }
  /// The next message, if it is there; the same one until it is dropped.
  [[nodiscard]] std::optional<Item> next() noexcept;
  void drop() noexcept;
  /// Whether anything is held, were it the beginning of a line.
  [[nodiscard]] bool holds_any() const noexcept { return begin_ != buffer_.size(); }

 private:
  void skip_line() noexcept;
  void tidy() noexcept;

  Cut cut_;
  std::size_t bytes_max_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of what was not dropped
  std::size_t scanned_ = 0;  // there is no line end before
  std::size_t taken_ = 0;    // by the item that `next` gave
  std::uint64_t number_ = 1;
  bool ended_ = false;
  bool skipping_ = false;     // the rest of a line that is too long
  bool skips_after_ = false;  // such a line was given
};

}  // namespace kedge::cli
