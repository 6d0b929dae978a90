#pragma once
// A JSON tree on cJSON, for programs on a host. It allocates (some nine times the text); the core never uses
// it.

#include <kedge/result.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

struct cJSON;

namespace kedge::json {

/// Whether a tree's texts are overwritten before their memory is given back.
enum class TreeContent : std::uint8_t { plain, secret };

/// Owns a tree; move-only. Read it with the functions of <cjson/cJSON.h>.
class Tree {
 public:
  Tree() noexcept = default;
  /// Takes ownership of `root`. Of a `secret` one all strings and keys are wiped when it goes; what cJSON
  /// made of it and gave back before is not: do not change it.
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
  /// A key may be there twice: for who looks for that himself, to say where.
  bool duplicate_keys = false;
};

/// Checks `text` with the strict reader, then builds a tree of it, from cJSON's global allocator. Integers
/// beyond 2^53 lose digits in a tree: cJSON keeps doubles. Errors: protocol (not JSON; or what a tree cannot
/// hold faithfully: a NUL in a string, a number longer than 63 bytes or beyond a double, each with its place;
/// a duplicate key), too_large (out of memory, when cJSON gives back what it has of a `secret` tree unwiped;
/// or `depth_max` beyond what cJSON was built for).
[[nodiscard]] Result<Tree> parse_tree(std::string_view text, const TreeOptions& options) noexcept;
[[nodiscard]] inline Result<Tree> parse_tree(std::string_view text, std::uint8_t depth_max) noexcept {
  return parse_tree(text, TreeOptions{.depth_max = depth_max});
}

}  // namespace kedge::json
