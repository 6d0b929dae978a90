#include "out_of_memory.hpp"

#include <unistd.h>
#include <uv.h>

#include <cstdlib>
#include <new>
#include <string_view>

namespace kedge::program {

namespace {

// A handler takes no argument: one program, one of each.
const char* program_name = "";
int program_exit_code = 1;

void say(std::string_view words) noexcept {
  // Nothing can be done about a standard error that is closed.
  if (::write(STDERR_FILENO, words.data(), words.size()) < 0) return;
}

[[noreturn]] void end() noexcept {
  say(program_name);
  say(": out of memory\n");
  ::_exit(program_exit_code);
}

void* allocated(void* memory) noexcept {
  if (memory == nullptr) end();
  return memory;
}

void* uv_malloc(std::size_t size) {
  return allocated(std::malloc(size == 0 ? 1 : size));
}
void* uv_calloc(std::size_t count, std::size_t size) {
  return allocated(count == 0 || size == 0 ? std::calloc(1, 1) : std::calloc(count, size));
}
void* uv_realloc(void* old, std::size_t size) {
  return allocated(std::realloc(old, size == 0 ? 1 : size));
}

}  // namespace

void prepare_for_out_of_memory(const char* name, int exit_code) noexcept {
  program_name = name;
  program_exit_code = exit_code;
  std::set_new_handler(end);
  (void)uv_replace_allocator(uv_malloc, uv_realloc, uv_calloc, std::free);
}

}  // namespace kedge::program
