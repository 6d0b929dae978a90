// Preloaded before a program (LD_PRELOAD), lets one of its allocations fail: what malloc, calloc, realloc,
// their kin and operator new were asked for from main() on, by whichever library.
//
//   KEDGE_MALLOC_FAIL=N         the Nth fails, from 1; 0 or absent: none
//   KEDGE_MALLOC_ONWARD=1       and all that follow
//   KEDGE_MALLOC_PLACES=1       only the first of each call stack counts: a handshake asks for memory 26,000
//                               times, but from some hundred places
//   KEDGE_MALLOC_SHOW=1         the call stack of the first that fails on standard error
//   KEDGE_MALLOC_REPORT=FILE    16 bytes: how many counted, how many failed; two 64-bit numbers
//
// Under ASan it stands before the sanitizer's allocator, which then checks what the failure left behind.

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t number, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
[[gnu::weak]] void* __interceptor_malloc(std::size_t size);
[[gnu::weak]] void* __interceptor_calloc(std::size_t number, std::size_t size);
[[gnu::weak]] void* __interceptor_realloc(void* old, std::size_t size);
[[gnu::weak]] void* __interceptor_memalign(std::size_t alignment, std::size_t size);
}

namespace {

struct Report {
  std::atomic<std::uint64_t> counted;
  std::atomic<std::uint64_t> failed;
};

constexpr std::size_t places_max = 1 << 16;
constexpr int frames_max = 16;

// In fixed memory, as malloc is not to be asked here.
Report no_report;
Report* report = &no_report;
std::uint64_t nth = 0;
bool onward = false;
bool by_place = false;
bool show = false;
std::atomic<bool> counting = false;
std::mutex places_mutex;
std::uint64_t places[places_max];  // hashes of call stacks, an open table
// Found without __tls_get_addr, which clang's ASan stands before, and which it asks for memory before it can
// answer.
[[gnu::tls_model("initial-exec")]] thread_local bool inside = false;

struct Stack {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  int frames = 0;
};

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* to) {
  auto& stack = *static_cast<Stack*>(to);
  stack.hash = (stack.hash ^ static_cast<std::uint64_t>(_Unwind_GetIP(context))) * 1099511628211U;
  return ++stack.frames == frames_max ? _URC_END_OF_STACK : _URC_NO_REASON;
}

bool is_new_place() {
  Stack stack;
  _Unwind_Backtrace(add_frame, &stack);
  const std::uint64_t hash = std::max<std::uint64_t>(stack.hash, 1);
  const std::lock_guard lock(places_mutex);
  for (std::size_t i = 0; i < places_max; ++i) {
    std::uint64_t& place = places[(hash + i) % places_max];
    if (place == hash) return false;
    if (place != 0) continue;
    place = hash;
    return true;
  }
  return false;
}

void show_place() {
  inside = true;
  void* frames[frames_max];
  ::backtrace_symbols_fd(frames, ::backtrace(frames, frames_max), STDERR_FILENO);
  inside = false;
}

// Counts an allocation; true when it has to fail.
bool must_fail() {
  if (!counting.load(std::memory_order_relaxed) || inside) return false;
  inside = true;  // unwinding may allocate
  const bool counts = !by_place || is_new_place();
  inside = false;
  const std::uint64_t number = counts ? ++report->counted : report->counted.load();
  const bool fails = nth != 0 && ((counts && number == nth) || (onward && number >= nth));
  if (!fails) return false;
  if (++report->failed == 1 && show) show_place();
  errno = ENOMEM;
  return true;
}

/// What its thread allocates meanwhile does not count.
class NotCounted {
 public:
  NotCounted() : before_(std::exchange(inside, true)) {}
  NotCounted(const NotCounted&) = delete;
  NotCounted& operator=(const NotCounted&) = delete;
  ~NotCounted() { inside = before_; }

 private:
  bool before_;
};

template <class Function>
Function next(const char* name) {
  const NotCounted here;
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

std::uint64_t number_of(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

void set_up() {
  nth = number_of("KEDGE_MALLOC_FAIL");
  onward = number_of("KEDGE_MALLOC_ONWARD") != 0;
  by_place = number_of("KEDGE_MALLOC_PLACES") != 0;
  show = number_of("KEDGE_MALLOC_SHOW") != 0;
  const char* path = std::getenv("KEDGE_MALLOC_REPORT");
  const int file = path == nullptr ? -1 : ::open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* shared = ::mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (shared != MAP_FAILED) report = static_cast<Report*>(shared);
}

using Main = int (*)(int, char**, char**);
Main real_main = nullptr;

int counted_main(int argc, char** argv, char** environment) {
  set_up();
  counting = true;
  return real_main(argc, argv, environment);
}

void* allocate(std::size_t size) {
  return __interceptor_malloc != nullptr ? __interceptor_malloc(size) : __libc_malloc(size);
}
void* allocate_aligned(std::size_t alignment, std::size_t size) {
  return __interceptor_memalign != nullptr ? __interceptor_memalign(alignment, size)
                                           : __libc_memalign(alignment, size);
}

void* allocate_new(std::size_t size, std::size_t alignment) {
  const std::size_t bytes = std::max<std::size_t>(size, 1);
  const auto one = [&] { return alignment == 0 ? allocate(bytes) : allocate_aligned(alignment, bytes); };
  for (;;) {
    void* memory = must_fail() ? nullptr : one();
    if (memory != nullptr) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}
void* allocate_new_or_null(std::size_t size, std::size_t alignment) noexcept {
  try {
    return allocate_new(size, alignment);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

extern "C" {

int __libc_start_main(Main main, int argc, char** argv, Main init, void (*fini)(), void (*rtld_fini)(),
                      void* stack_end) {
  real_main = main;
  using Start = int (*)(Main, int, char**, Main, void (*)(), void (*)(), void*);
  const auto start = reinterpret_cast<Start>(::dlsym(RTLD_NEXT, "__libc_start_main"));
  return start(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}

// What glibc 2.36 does within getaddrinfo when it has no memory is not ours to test: it dereferences null,
// fails an assertion, or calls a name unknown that is not. The call as a whole counts, and fails as it
// should.
int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
  static const auto real = next<decltype(&getaddrinfo)>("getaddrinfo");
  if (must_fail()) return EAI_MEMORY;
  const NotCounted here;
  return real(node, service, hints, found);
}
// libuv aborts when it cannot start the threads that wait for getaddrinfo.
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*), void* argument) {
  static const auto real = next<decltype(&pthread_create)>("pthread_create");
  const NotCounted here;
  return real(thread, attributes, run, argument);
}
// ASan asks it at a thread's start and has no answer to a failure.
int pthread_getattr_np(pthread_t thread, pthread_attr_t* attributes) {
  static const auto real = next<decltype(&pthread_getattr_np)>("pthread_getattr_np");
  const NotCounted here;
  return real(thread, attributes);
}

void* malloc(std::size_t size) {
  return must_fail() ? nullptr : allocate(size);
}
void* calloc(std::size_t number, std::size_t size) {
  if (must_fail()) return nullptr;
  return __interceptor_calloc != nullptr ? __interceptor_calloc(number, size) : __libc_calloc(number, size);
}
void* realloc(void* old, std::size_t size) {
  if (size != 0 && must_fail()) return nullptr;
  return __interceptor_realloc != nullptr ? __interceptor_realloc(old, size) : __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return must_fail() ? nullptr : allocate_aligned(alignment, size);
}
int posix_memalign(void** to, std::size_t alignment, std::size_t size) {
  *to = must_fail() ? nullptr : allocate_aligned(alignment, size);
  return *to == nullptr ? ENOMEM : 0;
}

}  // extern "C"

// Under ASan operator new is the sanitizer's own and asks no malloc.
void* operator new(std::size_t size) {
  return allocate_new(size, 0);
}
void* operator new[](std::size_t size) {
  return allocate_new(size, 0);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_new(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate_new(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate_new_or_null(size, 0);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate_new_or_null(size, 0);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
