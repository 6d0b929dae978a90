#include "signals.hpp"

#include <csignal>
#include <utility>

namespace kedge::program {

void Signals::watch(uv::Loop& loop, std::initializer_list<int> numbers,
                    Callback<void(int)> on_signal) noexcept {
  on_signal_ = std::move(on_signal);
  for (const int number : numbers) {
    uv_signal_t& handle = handles_[count_++];
    uv_signal_init(loop.native(), &handle);
    handle.data = this;
    uv_signal_start(
        &handle, [](uv_signal_t* signal, int got) { static_cast<Signals*>(signal->data)->on_signal_(got); },
        number);
    uv_unref(reinterpret_cast<uv_handle_t*>(&handle));
  }
}

void Signals::close() noexcept {
  while (count_ > 0) uv_close(reinterpret_cast<uv_handle_t*>(&handles_[--count_]), nullptr);
}

bool is_ignored(int number) noexcept {
  struct sigaction now {};
  return sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace kedge::program
