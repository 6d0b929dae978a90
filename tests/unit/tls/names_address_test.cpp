// Addresses in certificates (RFC 5280 section 4.2.1.6), which mbedTLS 2.28 hands over as bytes that nobody
// has read.

#include "fixture.hpp"

#include "tls/verifier.hpp"

using namespace kedge;
using namespace kedge::test;
using codec::parse_address_literal;

namespace {

/// A certificate of these addresses, and a DNS name.
class Parsed {
 public:
  explicit Parsed(std::vector<std::vector<std::uint8_t>> addresses) {
    mbedtls_x509_crt_init(&certificate_);
    const Certificate made = make_certificate(
        {.name = "device", .dns_names = {"device.example"}, .addresses = std::move(addresses)});
    const auto der = made.der;
    EXPECT(mbedtls_x509_crt_parse_der(&certificate_, reinterpret_cast<const unsigned char*>(der.data()),
                                      der.size()) == 0,
           "a certificate");
    const mbedtls_x509_buf& raw = certificate_.v3_ext;
    extensions_.assign(raw.p, raw.p + raw.len);
  }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  ~Parsed() { mbedtls_x509_crt_free(&certificate_); }

  [[nodiscard]] const std::vector<unsigned char>& extensions() const { return extensions_; }
  /// Whether it names `host`, if these were its extensions: in memory of exactly their size, for ASan to see.
  [[nodiscard]] bool names(std::string_view host, std::vector<unsigned char> extensions) {
    extensions.shrink_to_fit();
    mbedtls_x509_crt with = certificate_;
    with.v3_ext.p = extensions.data();
    with.v3_ext.len = extensions.size();
    return tls::names_address(with, *parse_address_literal(host));
  }
  [[nodiscard]] bool names(std::string_view host) { return names(host, extensions_); }

 private:
  mbedtls_x509_crt certificate_;
  std::vector<unsigned char> extensions_;
};

const std::vector<std::uint8_t> v4{192, 0, 2, 7};
const std::vector<std::uint8_t> v6{0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};

}  // namespace

static void each_address_is_found_and_no_other(void**) {
  Parsed certificate({v4, v6});
  EXPECT(certificate.names("192.0.2.7") && certificate.names("2001:db8::9"), "both");
  EXPECT(!certificate.names("192.0.2.8") && !certificate.names("2001:db8::8"), "no other");
  Parsed nameless({});
  EXPECT(!nameless.names("192.0.2.7"), "a DNS name is no address");
  EXPECT(!certificate.names("192.0.2.7", {}), "without extensions there is none");
}

static void extensions_that_end_early_name_nothing(void**) {
  Parsed certificate({v4, v6});
  const auto& whole = certificate.extensions();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<unsigned char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT(!certificate.names("2001:db8::9", cut), "nothing, as the outermost length does not fit");
  }
}

static void a_byte_that_is_wrong_anywhere_makes_no_other_address_of_it(void**) {
  Parsed certificate({v4, v6});
  const auto& whole = certificate.extensions();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
      auto spoiled = whole;
      spoiled[at] = static_cast<unsigned char>(spoiled[at] ^ flip);
      EXPECT(!certificate.names("198.51.100.1", spoiled), "an address that nobody wrote");
    }
  }
}

static void lengths_inside_that_reach_beyond_their_frame_name_nothing(void**) {
  Parsed certificate({v4});
  // SEQUENCE { SEQUENCE { OID subjectAltName, BOOLEAN, OCTET STRING { SEQUENCE { [7] 192.0.2.7 } } } }
  const std::vector<unsigned char> good{0x30, 0x16, 0x30, 0x14, 6, 3, 0x55, 0x1D, 0x11, 1, 1, 0xFF,
                                        4,    10,   0x30, 8,    2, 0, 0x87, 4,    192,  0, 2, 7};
  EXPECT(certificate.names("192.0.2.7", good), "the address, behind another name");
  for (const std::size_t length_at : {1U, 3U, 5U, 13U, 15U, 17U, 19U}) {
    auto longer = good;
    longer[length_at] = static_cast<unsigned char>(longer[length_at] + 1);
    EXPECT(!certificate.names("192.0.2.7", longer), "nothing");
  }
  for (const std::size_t tag_at : {0U, 2U, 4U, 12U, 14U, 18U}) {
    auto other = good;
    other[tag_at] = 5;
    EXPECT(!certificate.names("192.0.2.7", other), "nothing");
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_address_is_found_and_no_other),
      cmocka_unit_test(extensions_that_end_early_name_nothing),
      cmocka_unit_test(a_byte_that_is_wrong_anywhere_makes_no_other_address_of_it),
      cmocka_unit_test(lengths_inside_that_reach_beyond_their_frame_name_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
