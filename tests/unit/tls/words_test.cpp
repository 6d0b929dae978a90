#include "tls/words.hpp"

#include "tls/credentials.hpp"

#include "support/cmocka.hpp"

#include <kedge/tls_layer.hpp>

using namespace kedge;
using namespace kedge::tls;

static void every_failure_is_of_layer_tls_and_keeps_its_code(void**) {
  for (int code = -1; code > -0x8000; --code) {
    const Error error = failure_error(code, Role::client);
    EXPECT(error.kind() == ErrorKind::tls && error.layer() == Layer::tls, "kind and layer");
    EXPECT(error.layer_code() == code && !error.message().empty(), "code and words");
  }
}

static void out_of_memory_is_named_wherever_it_strikes(void**) {
  for (const int code :
       {MBEDTLS_ERR_SSL_ALLOC_FAILED, MBEDTLS_ERR_X509_ALLOC_FAILED, MBEDTLS_ERR_PK_ALLOC_FAILED,
        MBEDTLS_ERR_ECP_ALLOC_FAILED, MBEDTLS_ERR_MPI_ALLOC_FAILED, MBEDTLS_ERR_ASN1_ALLOC_FAILED,
        MBEDTLS_ERR_PEM_ALLOC_FAILED, MBEDTLS_ERR_X509_INVALID_NAME + MBEDTLS_ERR_ASN1_ALLOC_FAILED}) {
    EXPECT_TEXT(failure_error(code, Role::client).message(), "out of memory for TLS");
    const Error refused = credential_error(code, "the private key does not belong to the certificate");
    EXPECT(refused.kind() == ErrorKind::config, "a configuration that was not taken");
    EXPECT_TEXT(refused.message(), "out of memory for TLS");
  }
}

static void nothing_in_common_is_told_by_either_mbedtls(void**) {
  int found = 0;
  for (int code = -1; code > -0x8000; --code) {
    if (!compat::nothing_in_common(code)) continue;
    ++found;
    EXPECT_TEXT(
        failure_error(code, Role::server).message(),
        compat::nothing_in_common_is_certain
            ? "no cipher, curve or certificate suits both ends"
            : "no cipher, curve or certificate suits both ends, or memory ran out: mbedTLS does not tell");
  }
  EXPECT(found != 0, "a code that says so");
}

static void failures_are_told_in_words(void**) {
  const auto words = [](int code, Role role) { return std::string(failure_error(code, role).message()); };
  EXPECT_TEXT(words(MBEDTLS_ERR_SSL_INVALID_RECORD, Role::server), "the client sent a malformed TLS record");
  EXPECT_TEXT(words(MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, Role::client),
              "the server sent a TLS message out of order");
  EXPECT_TEXT(words(-0x7777, Role::client), "TLS failed, talking to the server: mbedTLS code -30583");
}

static void every_alert_has_words_of_its_own(void**) {
  for (int code = 0; code < 256; ++code) {
    const Error error = alert_error(code, Role::client);
    EXPECT(error.message().starts_with("the server sent TLS alert " + std::to_string(code)), "the number");
    EXPECT(error.message().size() < Error::message_max, "words that are not cut");
  }
}

static void refusals_are_told_by_what_is_wrong(void**) {
  const Verifier verifier;
  const auto words = [&verifier](std::uint32_t flags, Role role) {
    const Error error = verifier.explain(flags, role, "host");
    EXPECT(tls_failure_is_verification(error), "the code of a refused certificate");
    return std::string(error.message());
  };
  EXPECT_TEXT(words(MBEDTLS_X509_BADCERT_MISSING, Role::client), "the server sent no certificate");
  EXPECT_TEXT(words(MBEDTLS_X509_BADCERT_MISSING, Role::server), "the client sent no certificate");
  EXPECT_TEXT(words(MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, Role::client),
              "the server's certificate is not made for TLS at this end (key usage)");
  EXPECT_TEXT(words(MBEDTLS_X509_BADCERT_BAD_KEY, Role::server),
              "the client's certificate has a key, curve, hash or signature that is too weak");
  EXPECT_TEXT(words(MBEDTLS_X509_BADCERT_OTHER, Role::client),
              "the server's certificate was refused (flags 256)");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_failure_is_of_layer_tls_and_keeps_its_code),
      cmocka_unit_test(out_of_memory_is_named_wherever_it_strikes),
      cmocka_unit_test(nothing_in_common_is_told_by_either_mbedtls),
      cmocka_unit_test(failures_are_told_in_words),
      cmocka_unit_test(every_alert_has_words_of_its_own),
      cmocka_unit_test(refusals_are_told_by_what_is_wrong),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
