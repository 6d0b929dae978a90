#include "allocations.hpp"

#include <execinfo.h>
#include <link.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>

// gcc defines it, clang has a feature.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

namespace kedge::test::allocations {

namespace {

constexpr std::size_t frames_max = 12;
constexpr std::size_t stacks_max = 4;

// Code that only stands between whoever asked and malloc is `helper`.
enum class Owner : std::uint8_t { asker, helper, libc };

struct Module {
  std::uintptr_t begin = 0, end = 0;
  Owner owner = Owner::asker;
  Asker asker = Asker::other;
};

struct Stack {
  std::array<void*, frames_max> frames{};
  std::size_t size = 0;
};

// In fixed memory: what counts allocations cannot allocate.
std::array<Module, 64> modules;
std::size_t module_count = 0;
std::atomic<bool> counting = false;
thread_local bool inside = false;
std::mutex tally_mutex;
Tally tally;
std::array<Stack, stacks_max> program_stacks;
std::size_t program_stack_count = 0;

bool has(const char* path, const char* part) noexcept {
  return std::strstr(path, part) != nullptr;
}

Module module_of(const char* path) noexcept {
  Module module;
  if (*path == '\0') {
    module.asker = Asker::program;  // dl_iterate_phdr gives the executable no name
  } else if (has(path, "libwslay")) {
    module.asker = Asker::wslay;
  } else if (has(path, "libmbed")) {
    module.asker = Asker::mbedtls;
  } else if (has(path, "libuv.")) {
    module.asker = Asker::libuv;
  } else if (has(path, "libstdc++") || has(path, "libasan") || has(path, "libubsan") || has(path, "libgcc")) {
    module.owner = Owner::helper;
  } else if (has(path, "/libc.") || has(path, "/libnss") || has(path, "/libresolv") ||
             has(path, "/ld-linux")) {
    module.owner = Owner::libc;
    module.asker = Asker::libc;
  }
  return module;
}

int add_module(dl_phdr_info* info, std::size_t, void*) noexcept {
  for (int i = 0; i < info->dlpi_phnum && module_count < modules.size(); ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    Module module = module_of(info->dlpi_name);
    module.begin = info->dlpi_addr + segment.p_vaddr;
    module.end = module.begin + segment.p_memsz;
    modules[module_count++] = module;
  }
  return 0;
}

Module module_at(const void* address) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (std::size_t i = 0; i < module_count; ++i) {
    if (at >= modules[i].begin && at < modules[i].end) return modules[i];
  }
  return {};
}

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* to) {
  auto& stack = *static_cast<Stack*>(to);
  stack.frames[stack.size++] = reinterpret_cast<void*>(_Unwind_GetIP(context));
  return stack.size == frames_max ? _URC_END_OF_STACK : _URC_NO_REASON;
}

// `caller` is where this file was called from: what is before it in the stack is ours. Behind a libc function
// stands the program, or libc works for itself or for a library.
Asker asker_of(const Stack& stack, const void* caller) noexcept {
  const auto* const end = stack.frames.begin() + stack.size;
  const auto* const first = std::find(stack.frames.begin(), end, caller);
  if (first == end) return Asker::other;
  bool through_libc = false;
  for (auto i = static_cast<std::size_t>(first - stack.frames.begin()); i < stack.size; ++i) {
    const Module module = module_at(stack.frames[i]);
    if (module.owner == Owner::helper) continue;
    if (module.owner == Owner::libc) {
      through_libc = true;
      continue;
    }
    if (!through_libc || module.asker == Asker::program) return module.asker;
    return Asker::libc;
  }
  return through_libc ? Asker::libc : Asker::other;
}

[[gnu::noinline]] void count(std::size_t bytes, const void* caller) noexcept {
  if (!counting.load(std::memory_order_relaxed) || inside) return;
  inside = true;  // unwinding must not count itself
  const int kept = errno;
  Stack stack;
  _Unwind_Backtrace(add_frame, &stack);
  const Asker asker = asker_of(stack, caller);
  {
    const std::lock_guard lock(tally_mutex);
    tally.add(asker, bytes);
    if (asker == Asker::program && program_stack_count < stacks_max) {
      program_stacks[program_stack_count++] = stack;
    }
  }
  errno = kept;
  inside = false;
}

}  // namespace

const char* to_string(Asker asker) noexcept {
  constexpr std::array<const char*, askers> names = {"the program", "wslay", "mbedTLS",
                                                     "libuv",       "libc",  "others"};
  return names[static_cast<std::size_t>(asker)];
}

void Tally::add(Asker asker, std::size_t bytes) noexcept {
  Count& count = counts_[static_cast<std::size_t>(asker)];
  ++count.calls;
  count.bytes += bytes;
}

std::uint64_t Tally::calls() const noexcept {
  std::uint64_t sum = 0;
  for (const Count& count : counts_) sum += count.calls;
  return sum;
}

Tally& Tally::operator+=(const Tally& other) noexcept {
  for (std::size_t i = 0; i < askers; ++i) {
    counts_[i].calls += other.counts_[i].calls;
    counts_[i].bytes += other.counts_[i].bytes;
  }
  return *this;
}

Tally Tally::operator-(const Tally& earlier) const noexcept {
  Tally difference = *this;
  for (std::size_t i = 0; i < askers; ++i) {
    difference.counts_[i].calls -= earlier.counts_[i].calls;
    difference.counts_[i].bytes -= earlier.counts_[i].bytes;
  }
  return difference;
}

void Tally::print(const char* what, std::uint64_t times) const noexcept {
  std::printf("%s x %llu:", what, static_cast<unsigned long long>(times));
  bool any = false;
  for (std::size_t i = 0; i < askers; ++i) {
    const Count& count = counts_[i];
    if (count.calls == 0) continue;
    std::printf("%s %s %llu calls, %llu bytes (%.1f calls, %.0f bytes each)", any ? ";" : "",
                to_string(static_cast<Asker>(i)), static_cast<unsigned long long>(count.calls),
                static_cast<unsigned long long>(count.bytes),
                static_cast<double>(count.calls) / static_cast<double>(times),
                static_cast<double>(count.bytes) / static_cast<double>(times));
    any = true;
  }
  std::printf("%s\n", any ? "" : " nothing");
}

#ifdef __SANITIZE_ADDRESS__
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, size_t),
                                                         void (*)(const volatile void*));
namespace {
// Not lambdas: their return address would be that of the wrapper that makes functions of them.
void on_malloc(const volatile void*, std::size_t bytes) noexcept {
  count(bytes, __builtin_return_address(0));
}
void on_free(const volatile void*) noexcept {}
void install() noexcept {
  static const int installed = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
  (void)installed;
}
}  // namespace
#else
namespace {
void install() noexcept {}
}  // namespace
#endif

void start() noexcept {
  install();
  module_count = 0;
  dl_iterate_phdr(add_module, nullptr);
  Stack first;  // the unwinder's own first use
  _Unwind_Backtrace(add_frame, &first);
  {
    const std::lock_guard lock(tally_mutex);
    tally = {};
    program_stack_count = 0;
  }
  counting = true;
}

Tally so_far() noexcept {
  const std::lock_guard lock(tally_mutex);
  return tally;
}

Tally stop() noexcept {
  counting = false;
  return so_far();
}

bool works() noexcept {
  start();
  // Not malloc(): the compiler knows the one in this file.
  ::operator delete(::operator new(1));
  return stop().of(Asker::program).calls == 1;
}

void print_program_stacks() noexcept {
  for (std::size_t i = 0; i < program_stack_count; ++i) {
    std::fprintf(stderr, "allocated at:\n");
    backtrace_symbols_fd(program_stacks[i].frames.data(), static_cast<int>(program_stacks[i].size),
                         STDERR_FILENO);
  }
}

}  // namespace kedge::test::allocations

#ifndef __SANITIZE_ADDRESS__
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t number, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) {
  kedge::test::allocations::count(size, __builtin_return_address(0));
  return __libc_malloc(size);
}
void* calloc(size_t number, size_t size) {
  kedge::test::allocations::count(number * size, __builtin_return_address(0));
  return __libc_calloc(number, size);
}
void* realloc(void* old, size_t size) {
  kedge::test::allocations::count(size, __builtin_return_address(0));
  return __libc_realloc(old, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  kedge::test::allocations::count(size, __builtin_return_address(0));
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** to, size_t alignment, size_t size) {
  kedge::test::allocations::count(size, __builtin_return_address(0));
  *to = __libc_memalign(alignment, size);
  return *to == nullptr ? ENOMEM : 0;
}
}
#endif
