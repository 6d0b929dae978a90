#include "program/daemon/credentials.hpp"

#include <kedge/port_uv.hpp>

#include "program/token.hpp"
#include "support/certificates.hpp"
#include "support/cmocka.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

using namespace kedge;
using namespace kedge::program;
using namespace kedge::test;

namespace {

void write(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::trunc) << text;
}

struct World {
  uv::Loop loop;
  uv::Port port{loop};
  CredentialSources sources;
  Credentials credentials{sources, {"TOKEN_FILE", "CA_FILE", "CERT_FILE", "KEY_FILE"}, port};
  Token secret;

  /// What is wrong, joined by '|'.
  std::string read() {
    Problems problems;
    EXPECT(credentials.read(problems).ok(), "no signal");
    std::string all;
    for (const std::string& problem : problems) all += (all.empty() ? "" : "|") + problem;
    return all;
  }
  std::string_view token() {
    EXPECT(credentials.give(secret).ok(), "room");
    return secret.reveal();
  }
};

void a_secret_of_a_file_is_read_again(void**) {
  World w;
  w.sources.token_file = write_temporary_file("first\n");
  EXPECT_TEXT(w.read(), "");
  EXPECT_TEXT(w.token(), "first");
  write(w.sources.token_file, "second\r\n");
  EXPECT_TEXT(w.token(), "first");
  EXPECT_TEXT(w.read(), "");
  EXPECT_TEXT(w.token(), "second");
}

void a_file_that_is_no_secret_leaves_the_one_before(void**) {
  World w;
  w.sources.token_file = write_temporary_file("good");
  EXPECT_TEXT(w.read(), "");
  write(w.sources.token_file, "");
  EXPECT(contains(w.read(), "TOKEN_FILE: is empty"), "empty");
  write(w.sources.token_file, "\xFF\xFE");
  EXPECT_TEXT(w.read(), "TOKEN_FILE: is UTF-16: a token is printable ASCII");
  write(w.sources.token_file, "pass\xC2\xA0word");
  EXPECT_TEXT(w.read(), "TOKEN_FILE: holds U+00A0 at byte 5, which is not printable ASCII");
  write(w.sources.token_file, std::string(4097, 'x'));
  EXPECT(contains(w.read(), "TOKEN_FILE: "), "too long");
  std::remove(w.sources.token_file.c_str());
  EXPECT_TEXT(w.read(), "TOKEN_FILE: cannot be read: No such file or directory");
  EXPECT_TEXT(w.token(), "good");
}

void a_secret_where_a_files_name_belongs_is_not_told(void**) {
  World w;
  for (const std::string& secret : {std::string("s3cret: token"), std::string(300, 's')}) {
    w.sources.token_file = w.sources.ca_file = secret;
    w.sources.certificate_file = w.sources.key_file = secret;
    const std::string why = secret.size() < 256 ? ": cannot be read: No such file or directory"
                                                : ": cannot be read: File name too long";
    EXPECT_TEXT(w.read(), "TOKEN_FILE" + why + "|CA_FILE" + why + "|CERT_FILE" + why + "|KEY_FILE" + why);
  }
  w.sources.certificate_file = write_temporary_file(make_ca().pem);
  EXPECT(contains(w.read(), "KEY_FILE: cannot be read"), "the key");
  EXPECT(!contains(w.read(), "sss"), "no name of it");
}

void a_secret_that_was_given_stays(void**) {
  World w;
  EXPECT(w.credentials.set_token("given").ok(), "kept");
  EXPECT_TEXT(w.read(), "");
  EXPECT_TEXT(w.token(), "given");
}

/// A path that gives what it has but once: the reading end of a pipe with this text in it.
std::string pipe_with(std::string_view text) {
  std::array<int, 2> ends{};
  EXPECT(::pipe(ends.data()) == 0, "a pipe");
  EXPECT(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()), "room in it");
  ::close(ends[1]);
  return "/dev/fd/" + std::to_string(ends[0]);
}

void what_comes_from_pipes_is_read_once_and_stays(void**) {
  World w;
  const Certificate ca = make_ca();
  const Certificate own = make_certificate({.name = "agent", .issuer = &ca});
  w.sources.token_file = pipe_with("\xEF\xBB\xBFsecret\r\n");
  w.sources.ca_file = pipe_with(ca.pem);
  w.sources.certificate_file = write_temporary_file(own.pem);
  w.sources.key_file = pipe_with(own.key_pem);
  for (int times = 0; times < 2; ++times) {
    EXPECT_TEXT(w.read(), "");
    EXPECT_TEXT(w.token(), "secret");
  }
}

void a_pipe_that_nobody_writes_is_told(void**) {
  World w;
  std::array<int, 2> ends{};
  EXPECT(::pipe(ends.data()) == 0, "a pipe");
  w.sources.token_file = "/dev/fd/" + std::to_string(ends[0]);
  EXPECT_TEXT(w.read(), "TOKEN_FILE: nobody has written it in time");
  ::close(ends[0]);
  ::close(ends[1]);
}

void certificates_are_checked_all_at_once(void**) {
  World w;
  const Certificate ca = make_ca();
  const Certificate own = make_certificate({.name = "agent", .issuer = &ca});
  w.sources.ca_file = write_temporary_file(ca.pem);
  w.sources.certificate_file = write_temporary_file(own.pem);
  w.sources.key_file = write_temporary_file(own.key_pem);
  EXPECT(!w.credentials.tls().client_certificate_expires(), "none yet");
  EXPECT_TEXT(w.read(), "");
  const auto expires = w.credentials.tls().client_certificate_expires();
  EXPECT(expires.has_value() && !w.credentials.tls().peer_certificate_expires(), "ours, before it is used");
  write(w.sources.ca_file, "no CA");
  write(w.sources.key_file, ca.key_pem);
  const std::string wrong = w.read();
  EXPECT(contains(wrong, "CA_FILE: the certificate file is not valid PEM or DER"), "the CA");
  EXPECT(contains(wrong, "CERT_FILE: the private key does not belong to the certificate"), "the pair");
  EXPECT(w.credentials.tls().client_certificate_expires() == expires, "that of the one before");
}

void a_ca_that_cannot_be_read_is_named_and_the_others_count(void**) {
  World w;
  const Certificate ca = make_ca();
  w.sources.ca_file =
      write_temporary_file(ca.pem + "-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n");
  EXPECT_TEXT(w.read(), "");
  EXPECT(w.credentials.trust_warning().message().starts_with(
             "certificates that cannot be read: 1, the first is number 2 in line "),
         "which one");
  write(w.sources.ca_file, ca.pem);
  EXPECT_TEXT(w.read(), "");
  EXPECT(!w.credentials.trust_warning(), "all count");
}

void the_systems_cas_are_needed_for_wss_alone(void**) {
  World w;
  w.sources.url = "ws://h/";
  EXPECT_TEXT(w.read(), "");
  w.sources.url = "wss://h/";
  w.sources.ca_file = "/no/such/file";
  EXPECT_TEXT(w.read(), "CA_FILE: cannot be read: No such file or directory");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_secret_of_a_file_is_read_again),
      cmocka_unit_test(a_file_that_is_no_secret_leaves_the_one_before),
      cmocka_unit_test(a_secret_where_a_files_name_belongs_is_not_told),
      cmocka_unit_test(a_secret_that_was_given_stays),
      cmocka_unit_test(what_comes_from_pipes_is_read_once_and_stays),
      cmocka_unit_test(a_pipe_that_nobody_writes_is_told),
      cmocka_unit_test(certificates_are_checked_all_at_once),
      cmocka_unit_test(a_ca_that_cannot_be_read_is_named_and_the_others_count),
      cmocka_unit_test(the_systems_cas_are_needed_for_wss_alone),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
