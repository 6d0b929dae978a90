// mbedTLS's structures as our compiler sees them and as the library was compiled with: time_t inside them may
// be another one on a 32-bit machine (toolchains/mbedtls_time.cmake).
#include "tls/mbedtls_compat.hpp"

#include "support/cmocka.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

using namespace kedge;

namespace {

/// How many bytes the library's own initialiser writes, which is the structure's size in its eyes.
template <class T>
std::size_t bytes_written(void (*initialise)(T*)) {
  constexpr unsigned char untouched = 0xA5;
  alignas(std::max_align_t) static std::array<unsigned char, 2 * sizeof(T) + 64> memory;
  memory.fill(untouched);
  initialise(reinterpret_cast<T*>(memory.data()));
  const auto rest =
      std::find_if(memory.rbegin(), memory.rend(), [](unsigned char c) { return c != untouched; });
  return static_cast<std::size_t>(memory.rend() - rest);
}

template <class T>
void expect_one_size(const char* name, void (*initialise)(T*)) {
  const std::size_t theirs = bytes_written(initialise);
  const std::string what = std::string(name) + " to have " + std::to_string(theirs) +
                           " bytes, as in the library; here it has " + std::to_string(sizeof(T));
  EXPECT(theirs == sizeof(T), what.c_str());
}

void structures_have_the_librarys_size(void**) {
  expect_one_size("mbedtls_ssl_session", mbedtls_ssl_session_init);
  expect_one_size("mbedtls_ssl_context", mbedtls_ssl_init);
  expect_one_size("mbedtls_ssl_config", mbedtls_ssl_config_init);
  expect_one_size("mbedtls_ssl_ticket_context", mbedtls_ssl_ticket_init);
  expect_one_size("mbedtls_ssl_cache_context", mbedtls_ssl_cache_init);
  expect_one_size("mbedtls_x509_crt", mbedtls_x509_crt_init);
  expect_one_size("mbedtls_x509write_cert", mbedtls_x509write_crt_init);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(structures_have_the_librarys_size),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
