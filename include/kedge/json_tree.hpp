#pragma once
// A JSON tree on cJSON, for programs on a host. It allocates (some nine times the text); the core never uses
// it.

#include <kedge/result.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

struct cJSON;

namespace kedge::json {

/// Owns a tree; move-only. Read it with the functions of <cjson/cJSON.h>.
class Tree {
 public:
  Tree() noexcept = default;
  /// Takes ownership of `root`.
  explicit Tree(cJSON* root) noexcept : root_(root) {}
  Tree(Tree&& other) noexcept : root_(std::exchange(other.root_, nullptr)) {}
  Tree& operator=(Tree&& other) noexcept {
    std::swap(root_, other.root_);
    return *this;
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree();

  /// The root, owned by the tree; nullptr only when default-constructed or moved from.
  [[nodiscard]] cJSON* root() const noexcept { return root_; }

 private:
  cJSON* root_ = nullptr;
};

/// Checks `text` with the strict reader, then builds a tree of it, from cJSON's global allocator. Integers
/// beyond 2^53 lose digits in a tree: cJSON keeps doubles. Errors: protocol (not JSON; or what a tree cannot
/// hold faithfully: a NUL in a string, a number longer than 63 bytes or beyond a double, a duplicate key),
/// too_large (out of memory, or `depth_max` beyond what cJSON was built for).
[[nodiscard]] Result<Tree> parse_tree(std::string_view text, std::uint8_t depth_max) noexcept;

}  // namespace kedge::json
