#include "out_of_memory.hpp"

#include <unistd.h>
#include <uv.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

namespace kedge::program {

namespace {

// A terminate handler takes no argument: one program, one of each.
const char* program_name = "";
int program_exit_code = 1;

[[noreturn]] void end() noexcept {
  say_out_of_memory(program_name);
  ::_exit(program_exit_code);
}

[[noreturn]] void on_terminate() noexcept {
  try {
    if (const auto current = std::current_exception()) std::rethrow_exception(current);
  } catch (const std::bad_alloc&) {
    end();
  } catch (...) {
  }
  std::abort();
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
  std::set_terminate(on_terminate);
  (void)uv_replace_allocator(uv_malloc, uv_realloc, uv_calloc, std::free);
}

void say_out_of_memory(const char* name) noexcept {
  constexpr char words[] = ": out of memory\n";
  // Nothing can be done about a standard error that is closed.
  if (::write(STDERR_FILENO, name, std::strlen(name)) < 0) return;
  if (::write(STDERR_FILENO, words, sizeof words - 1) < 0) return;
}

}  // namespace kedge::program
