#include "cli/status_line.hpp"

#include "support/cmocka.hpp"

#include <cstdlib>

namespace {

using kedge::cli::StatusLine;

/// What was written to a terminal that is none.
class Screen {
 public:
  Screen() : file_(::open_memstream(&text_, &size_)) {}
  ~Screen() {
    std::fclose(file_);
    std::free(text_);
  }
  [[nodiscard]] std::FILE* file() const { return file_; }
  [[nodiscard]] std::string text() const {
    std::fflush(file_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
};

void a_line_is_drawn_in_the_place_of_the_one_before(void**) {
  const Screen screen;
  StatusLine line(screen.file());
  line.draw("waiting, 10 s");
  line.draw("ready");
  EXPECT_TEXT(screen.text(), "waiting, 10 s\r             \rready");
}

void nothing_of_it_is_left_when_it_is_cleared(void**) {
  const Screen screen;
  StatusLine line(screen.file());
  line.clear();
  EXPECT_TEXT(screen.text(), "");
  line.draw("abc");
  line.clear();
  line.clear();
  EXPECT_TEXT(screen.text(), "abc\r   \r");
}

void without_a_terminal_nothing_is_drawn(void**) {
  StatusLine line(nullptr);
  line.draw("abc");
  line.clear();
  EXPECT(!line.drawn_at_all(), "nowhere");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_line_is_drawn_in_the_place_of_the_one_before),
      cmocka_unit_test(nothing_of_it_is_left_when_it_is_cleared),
      cmocka_unit_test(without_a_terminal_nothing_is_drawn),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
