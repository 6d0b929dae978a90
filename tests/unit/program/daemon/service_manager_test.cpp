// Real datagrams to a real socket.

#include "program/daemon/service_manager.hpp"

#include "support/cmocka.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>

using namespace kedge;
using namespace kedge::program;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

/// A service manager's socket, in a folder of its own or abstract.
class Manager {
 public:
  explicit Manager(bool abstract = false) : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    char folder[] = "/tmp/kedge-notify-XXXXXX";
    EXPECT(mkdtemp(folder) != nullptr, "a folder");
    folder_ = folder;
    name_ = folder_ + "/notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (abstract) name_[0] = '@';
    name_.copy(address.sun_path, name_.size());
    if (abstract) address.sun_path[0] = '\0';
    const std::size_t size = offsetof(sockaddr_un, sun_path) + name_.size() + (abstract ? 0 : 1);
    EXPECT(bind(fd_, reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(size)) == 0, "a socket");
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  ~Manager() {
    ::close(fd_);
    std::filesystem::remove_all(folder_);
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  std::string heard() {
    char bytes[4096];
    const ssize_t size = recv(fd_, bytes, sizeof bytes, 0);
    return size < 0 ? "nothing" : std::string(bytes, static_cast<std::size_t>(size));
  }

 private:
  int fd_;
  std::string folder_, name_;
};

void each_word_is_a_datagram(void**) {
  Manager systemd;
  ServiceManager told(systemd.name(), std::nullopt);
  EXPECT(told.ready("listening").ok() && told.status("ready").ok(), "told");
  EXPECT(told.reloading(Instant(5s)).ok() && told.stopping(11s).ok() && told.alive().ok(), "told");
  EXPECT_TEXT(systemd.heard(), "READY=1\nSTATUS=listening");
  EXPECT_TEXT(systemd.heard(), "STATUS=ready");
  EXPECT_TEXT(systemd.heard(), "RELOADING=1\nMONOTONIC_USEC=5000000");
  EXPECT_TEXT(systemd.heard(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=11000000");
  EXPECT_TEXT(systemd.heard(), "WATCHDOG=1");
  EXPECT_TEXT(systemd.heard(), "nothing");
}

void what_a_manager_that_is_behind_has_no_room_for_is_told_later(void**) {
  Manager systemd;
  ServiceManager told(systemd.name(), std::nullopt);
  int unread = 0;
  while (told.alive().ok()) ++unread;
  EXPECT(unread > 0 && !told.keeps(), "a watchdog's word not to be kept");
  EXPECT(told.reloading(Instant(5s)).ok() && told.keeps() && told.ready("ready").ok(), "kept");
  EXPECT(told.send_kept().ok() && told.keeps(), "no room yet");
  EXPECT_TEXT(systemd.heard(), "WATCHDOG=1");
  EXPECT(told.stopping(1s).ok() && told.keeps(), "the order to be kept");
  while (--unread > 0) EXPECT_TEXT(systemd.heard(), "WATCHDOG=1");
  EXPECT(told.send_kept().ok() && !told.keeps(), "all told");
  EXPECT_TEXT(systemd.heard(), "RELOADING=1\nMONOTONIC_USEC=5000000");
  EXPECT_TEXT(systemd.heard(), "READY=1\nSTATUS=ready");
  EXPECT_TEXT(systemd.heard(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=1000000");
}

void of_many_words_the_last_are_kept(void**) {
  Manager systemd;
  ServiceManager told(systemd.name(), std::nullopt);
  while (told.alive().ok()) continue;
  for (int i = 0; i < 20; ++i) EXPECT(told.status(std::to_string(i)).ok(), "kept");
  while (systemd.heard() != "nothing") continue;
  EXPECT(told.send_kept().ok() && !told.keeps(), "told");
  for (int i = 12; i < 20; ++i) EXPECT_TEXT(systemd.heard(), "STATUS=" + std::to_string(i));
  EXPECT_TEXT(systemd.heard(), "nothing");
}

void an_abstract_name_will_do(void**) {
  Manager systemd(true);
  EXPECT(ServiceManager(systemd.name(), std::nullopt).alive().ok(), "told");
  EXPECT_TEXT(systemd.heard(), "WATCHDOG=1");
}

void a_long_status_is_cut(void**) {
  Manager systemd;
  EXPECT(ServiceManager(systemd.name(), std::nullopt).status(std::string(5000, 'x')).ok(), "told");
  EXPECT(systemd.heard().size() == 255, "255 bytes");
}

void without_a_service_manager_nothing_happens(void**) {
  ServiceManager nobody("", 1s);
  EXPECT(nobody.ready("x").ok() && nobody.alive().ok() && !nobody.watchdog_interval(), "nothing");
}

void a_socket_that_cannot_be_is_an_error(void**) {
  for (const std::string& name : {std::string("relative"), std::string("/") + std::string(200, 'x')}) {
    EXPECT(ServiceManager(name, std::nullopt).alive().error().kind() == ErrorKind::config, name.c_str());
  }
  EXPECT(ServiceManager("/no/such/socket", std::nullopt).alive().error().kind() == ErrorKind::connection,
         "nobody there");
}

void the_watchdog_is_fed_three_times_as_often_as_asked(void**) {
  setenv("NOTIFY_SOCKET", "/run/notify", 1);
  setenv("WATCHDOG_USEC", "3000000", 1);
  EXPECT(ServiceManager::from_environment().watchdog_interval() == 1s, "every second");
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  EXPECT(ServiceManager::from_environment().watchdog_interval() == 1s, "it is for us");
  setenv("WATCHDOG_PID", "1", 1);
  EXPECT(!ServiceManager::from_environment().watchdog_interval(), "it is for another process");
  unsetenv("WATCHDOG_PID");
  for (const char* usec : {"", "0", "-5", "soon", "1s"}) {
    setenv("WATCHDOG_USEC", usec, 1);
    EXPECT(!ServiceManager::from_environment().watchdog_interval(), usec);
  }
  setenv("WATCHDOG_USEC", "1", 1);
  EXPECT(ServiceManager::from_environment().watchdog_interval() == 1ms, "not without a pause");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_word_is_a_datagram),
      cmocka_unit_test(what_a_manager_that_is_behind_has_no_room_for_is_told_later),
      cmocka_unit_test(of_many_words_the_last_are_kept),
      cmocka_unit_test(an_abstract_name_will_do),
      cmocka_unit_test(a_long_status_is_cut),
      cmocka_unit_test(without_a_service_manager_nothing_happens),
      cmocka_unit_test(a_socket_that_cannot_be_is_an_error),
      cmocka_unit_test(the_watchdog_is_fed_three_times_as_often_as_asked),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
