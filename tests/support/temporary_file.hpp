#pragma once
// A file of a test's, which is gone with it.

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "support/cmocka.hpp"

namespace kedge::test {

struct TemporaryFile {
  std::string path = "/tmp/kedge-test-XXXXXX";

  explicit TemporaryFile(std::string_view content) {
    const int fd = mkstemp(path.data());
    EXPECT(fd >= 0, "a file");
    EXPECT(::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()),
           "room for it");
    ::close(fd);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::unlink(path.c_str()); }
};

}  // namespace kedge::test
