// The seeds once through their targets, without libFuzzer: `fuzz_replay CORPUS`. A broken promise ends the
// run, as does what a sanitizer of the library finds.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#define TARGET(name) extern "C" int replay_##name(const std::uint8_t* data, std::size_t size);
#include "replay_targets.inc"
#undef TARGET

namespace {

struct Target {
  const char* name;
  int (*run)(const std::uint8_t* data, std::size_t size);
};
constexpr Target targets[] = {
#define TARGET(name) {#name, replay_##name},
#include "replay_targets.inc"
#undef TARGET
};

void feed(const Target& target, const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  target.run(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: fuzz_replay CORPUS\n");
    return 2;
  }
  for (const Target& target : targets) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(arguments[1]) / target.name)) {
      files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::printf("%-20s %zu seeds\n", target.name, files.size());
    std::fflush(stdout);
    if (files.empty()) return 1;
    for (const auto& file : files) feed(target, file);
  }
  return 0;
}
