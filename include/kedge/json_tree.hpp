#pragma once
// A JSON tree based on cJSON, for programs on a host. It allocates some nine times the size of the text; the
// core never uses it.

#include <kedge/result.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

struct cJSON;

namespace kedge::json {

/// Whether a tree's strings are overwritten before their memory is freed.
enum class TreeContent : std::uint8_t { plain, secret };

/// Owns a tree; move-only. Read it with the functions of <cjson/cJSON.h>.
class Tree {
 public:
  Tree() noexcept = default;
  /// Takes ownership of `root`. A `secret` tree wipes all strings and keys at destruction, but not memory
  /// that cJSON freed before: do not modify the tree.
  explicit Tree(cJSON* root, TreeContent content = TreeContent::plain) noexcept
      : root_(root), content_(content) {}
  Tree(Tree&& other) noexcept : root_(std::exchange(other.root_, nullptr)), content_(other.content_) {}
  Tree& operator=(Tree&& other) noexcept {
    std::swap(root_, other.root_);
    std::swap(content_, other.content_);
    return *this;
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree();

  /// The root, owned by the tree; nullptr only when default-constructed or moved from.
  [[nodiscard]] cJSON* root() const noexcept { return root_; }

 private:
  cJSON* root_ = nullptr;
  TreeContent content_ = TreeContent::plain;
};

struct TreeOptions {
  std::uint8_t depth_max = 0;
  TreeContent content = TreeContent::plain;
  /// Accepts duplicate keys, for callers that check for them and report where they are.
  bool duplicate_keys = false;
};

/// Checks `text` with the strict reader, then builds a tree of it with cJSON's global allocator. cJSON stores
/// numbers as doubles: integers beyond 2^53 lose digits.
/// Errors:
/// - protocol: not JSON, a duplicate key, or content that a tree cannot represent (a NUL in a string, a
///   number longer than 63 bytes or beyond a double), with its offset
/// - too_large: out of memory (cJSON then frees the part of a `secret` tree that it has without wiping it),
///   or `depth_max` is more than cJSON was built for
[[nodiscard]] Result<Tree> parse_tree(std::string_view text, const TreeOptions& options) noexcept;
/// The same with the default options.
[[nodiscard]] inline Result<Tree> parse_tree(std::string_view text, std::uint8_t depth_max) noexcept {
  return parse_tree(text, TreeOptions{.depth_max = depth_max});
}

}  // namespace kedge::json
