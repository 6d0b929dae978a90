// A user's program: exceptions and RTTI are on, and it implements an interface that the library, built
// without them, calls.

#include <kedge/error.hpp>
#include <kedge/port.hpp>
#include <kedge/version.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <typeinfo>

namespace {

class Base {
 public:
  virtual ~Base() = default;
};

class Events final : public Base, public kedge::StreamEvents {
 public:
  void on_open() noexcept override {}
  void on_error(const kedge::Error& error) noexcept override { last_ = error; }
  void on_readable() noexcept override {}
  void on_writable() noexcept override {}
  void on_closed() noexcept override { ++closed_; }

  void throw_last() const { throw std::runtime_error(std::string(last_.message())); }
  [[nodiscard]] int closed() const noexcept { return closed_; }

 private:
  kedge::Error last_;
  int closed_ = 0;
};

}  // namespace

int main() {
  Events events;
  kedge::StreamEvents& heard = events;
  heard.on_error(kedge::Error(kedge::ErrorKind::timeout, "as expected"));
  heard.on_closed();
  // RTTI finds the user's class behind the library's interface.
  const auto* mine = dynamic_cast<Events*>(&heard);
  if (mine == nullptr || typeid(heard) != typeid(Events) || mine->closed() != 1) return 1;
  try {
    mine->throw_last();
  } catch (const std::exception& caught) {
    std::printf("kedge %s: closed once, caught %s\n", KEDGE_VERSION, caught.what());
    return 0;
  }
  return 1;
}
