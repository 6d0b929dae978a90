#pragma once
// A spool's folder for one test.

#include "cli/agent_gate/spool.hpp"

#include "cmocka.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace kedge::test {

constexpr const char* url = "wss://gateway.example/agent";

/// A folder of the test's own, gone with it.
class Place {
 public:
  Place() {
    std::string name = std::filesystem::temp_directory_path() / "kedge-spool-XXXXXX";
    root_ = ::mkdtemp(name.data());
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    std::filesystem::permissions(root_, std::filesystem::perms::owner_all);
    std::filesystem::remove_all(root_);
  }
  [[nodiscard]] std::string root() const { return root_; }
  [[nodiscard]] std::string folder() const { return root_ + "/a/b/kedge"; }
  [[nodiscard]] cli::agent_gate::Spool spool(const char* of = url,
                                             cli::agent_gate::Spool::Bounds bounds = {}) const {
    return cli::agent_gate::Spool(folder(), of, bounds);
  }
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) files.push_back(entry.path());
    return files;
  }

 private:
  std::string root_;
};

/// What it hands out, each row with a space behind it; or why it does not.
inline std::string taken(cli::agent_gate::Spool& spool) {
  auto rows = spool.take();
  if (!rows) return std::string(rows.error().message());
  std::string text;
  for (const cli::agent_gate::Spool::Row& row : rows->rows) text.append(row.json).append(" ");
  if (rows->unreadable != 0) text.append("unreadable ").append(std::to_string(rows->unreadable));
  return text;
}

}  // namespace kedge::test
