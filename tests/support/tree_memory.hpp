#pragma once
// cJSON's memory, looked at when it is given back.

#include <cjson/cJSON.h>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

namespace kedge::test {

/// One at a time; from its construction to its end cJSON allocates through it, blocks of at most 256 bytes.
class TreeMemory {
 public:
  TreeMemory() {
    given_back().clear();
    cJSON_Hooks hooks{take, give_back};
    cJSON_InitHooks(&hooks);
  }
  TreeMemory(const TreeMemory&) = delete;
  TreeMemory& operator=(const TreeMemory&) = delete;
  ~TreeMemory() { cJSON_InitHooks(nullptr); }

  [[nodiscard]] static bool was_used() { return !given_back().empty(); }
  /// Whether a block had this text in it when it was given back.
  [[nodiscard]] static bool shows(std::string_view text) {
    return given_back().find(text) != std::string::npos;
  }

 private:
  static constexpr std::size_t block_bytes = 256;
  static std::string& given_back() {
    static std::string bytes;
    return bytes;
  }
  static void* take(std::size_t size) { return size > block_bytes ? nullptr : std::calloc(1, block_bytes); }
  static void give_back(void* block) {
    if (block != nullptr) given_back().append(static_cast<const char*>(block), block_bytes);
    std::free(block);
  }
};

}  // namespace kedge::test
