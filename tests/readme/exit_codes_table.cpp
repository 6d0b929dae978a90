// Prints the table of src/cli/README.md of exit codes, from the command line's own.

#include "cli/exit_code.hpp"

#include <cstdio>
#include <cstdlib>

int main() {
  std::printf("| exit code | meaning |\n|---|---|\n");
  for (const kedge::cli::ExitMeaning& meaning : kedge::cli::exit_meanings()) {
    std::printf("| %d | %.*s |\n", static_cast<int>(meaning.code), static_cast<int>(meaning.words.size()),
                meaning.words.data());
  }
  return EXIT_SUCCESS;
}
