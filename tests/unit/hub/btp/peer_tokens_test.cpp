#include "hub/btp/peer_tokens.hpp"

#include "support/cmocka.hpp"
#include "support/temporary_file.hpp"
#include "support/tree_memory.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

using namespace kedge;
using File = kedge::test::TemporaryFile;
using namespace kedge::hub::btp;

namespace {

/// What is said of a file of this content, without the file's name.
std::string failure(std::string_view content) {
  const File file(content);
  try {
    (void)read_peer_tokens(file.path);
  } catch (const std::runtime_error& error) {
    const std::string words = error.what();
    EXPECT(words.starts_with(file.path + ": "), "the file to be named");
    return words.substr(file.path.size() + 2);
  }
  return "accepted";
}

void each_peer_shows_its_own_token(void**) {
  const File file(R"({"alice": "a\u0041", "b.ob \"1\"": "b b"})");
  const PeerTokens tokens = read_peer_tokens(file.path);
  EXPECT(tokens.accepts("alice", "aA") && tokens.accepts("b.ob \"1\"", "b b"), "theirs");
  EXPECT(!tokens.accepts("alice", "b b") && !tokens.accepts("alice", "aAA") && !tokens.accepts("alice", "a"),
         "nobody else's, no part and no more");
  EXPECT(!tokens.accepts("alice", "") && !tokens.accepts("carol", "aA") && !tokens.accepts("", ""),
         "nothing");
}

void the_star_is_for_everybody_without_a_token_of_their_own(void**) {
  const File file(R"({"*": "all", "alice": "hers"})");
  const PeerTokens tokens = read_peer_tokens(file.path);
  EXPECT(tokens.accepts("bob", "all") && tokens.accepts("", "all"), "anybody");
  EXPECT(tokens.accepts("alice", "hers") && !tokens.accepts("alice", "all"), "but for who has one");
}

void no_tokens_let_nobody_in(void**) {
  EXPECT(PeerTokens().empty() && !PeerTokens().accepts("alice", ""), "nobody");
}

void what_is_wrong_is_said_without_a_token(void**) {
  EXPECT_TEXT(failure("[]"), "expected an object");
  EXPECT_TEXT(failure("{}"), "there is no peer in it");
  EXPECT_TEXT(failure(R"({"alice": 1})"), "alice: expected a string");
  EXPECT_TEXT(failure(R"({"alice": {"token": "hush"}})"), "alice: expected a string");
  EXPECT_TEXT(failure(R"({"alice": ""})"), "alice: the token is empty");
  EXPECT_TEXT(failure(R"({"alice": "hush", "alice": "hush"})"), "alice: the peer is there twice");
  EXPECT_TEXT(failure(R"({"alice": "hush", "\u0061lice": "hush"})"), "alice: the peer is there twice");
  const std::string broken = failure(R"({"alice": "hush" "bob": "hush"})");
  EXPECT(broken != "accepted" && !test::contains(broken, "hush"), "a place, and no token");
  const std::string large = failure(R"({"alice": ")" + std::string(4097, 'h') + "\"}");
  EXPECT(large.starts_with("alice: ") && !test::contains(large, "hhh"),
         "a token of 4097 bytes to be refused");
  EXPECT(failure("{\"" + std::string(129, 'a') + "\": \"hush\"}").ends_with("longer than 128 bytes"),
         "an id of 129 bytes to be refused");
  EXPECT_TEXT(failure(std::string(65537, ' ')), "is larger than 65536 bytes");
}

void no_token_is_left_in_the_memory_of_what_was_read(void**) {
  const File file(R"({"alice": "hush", "bob": "h\u0075sh too"})");
  const test::TreeMemory memory;
  EXPECT(read_peer_tokens(file.path).accepts("bob", "hush too"), "theirs");
  EXPECT_TEXT(failure(R"({"alice": "hush", "bob": {"token": "hush"}})"), "bob: expected a string");
  EXPECT(memory.was_used() && !memory.shows("hush"), "no token");
}

void a_file_that_cannot_be_read_is_named_with_the_reason(void**) {
  for (const char* path : {"/nonexistent/peers", "/tmp"}) {
    std::string words;
    try {
      (void)read_peer_tokens(path);
    } catch (const std::runtime_error& error) {
      words = error.what();
    }
    EXPECT(words.starts_with(std::string(path) + ": ") && words.find("irectory") != std::string::npos, path);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_peer_shows_its_own_token),
      cmocka_unit_test(the_star_is_for_everybody_without_a_token_of_their_own),
      cmocka_unit_test(no_tokens_let_nobody_in),
      cmocka_unit_test(what_is_wrong_is_said_without_a_token),
      cmocka_unit_test(no_token_is_left_in_the_memory_of_what_was_read),
      cmocka_unit_test(a_file_that_cannot_be_read_is_named_with_the_reason),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
