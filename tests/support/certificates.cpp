#include "certificates.hpp"

#include "crypto/digest.hpp"
#include "tls/mbedtls_compat.hpp"

#include <mbedtls/ecp.h>
#include <mbedtls/pem.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>

#include <unistd.h>

namespace kedge::test {
namespace {

void check(int result, const char* what) {
  if (result >= 0) return;
  std::fprintf(stderr, "test certificates: %s: -0x%x\n", what, static_cast<unsigned>(-result));
  std::abort();
}

std::optional<std::mt19937_64> seeded;

int random_bytes(void*, unsigned char* out, std::size_t size) {
  static std::random_device device;
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<unsigned char>(seeded ? (*seeded)() : device());
  return 0;
}

struct Key {
  Key() { mbedtls_pk_init(&pk); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key() { mbedtls_pk_free(&pk); }
  mbedtls_pk_context pk;
};

using Bytes = std::vector<unsigned char>;

Bytes der(unsigned char tag, const Bytes& contents) {
  Bytes out;
  out.reserve(contents.size() + 4);
  out.push_back(tag);
  if (contents.size() >= 128) out.push_back(contents.size() >= 256 ? 0x82 : 0x81);
  if (contents.size() >= 256) out.push_back(static_cast<unsigned char>(contents.size() >> 8));
  out.push_back(static_cast<unsigned char>(contents.size()));
  for (const unsigned char byte : contents) out.push_back(byte);
  return out;
}

/// subjectAltName (RFC 5280 section 4.2.1.6): mbedTLS 2.28 cannot write one.
Bytes alt_names(const CertificateSpec& spec) {
  Bytes names;
  const auto add = [&names](unsigned char tag, const auto& value) {
    const Bytes name = der(tag, Bytes(value.begin(), value.end()));
    names.insert(names.end(), name.begin(), name.end());
  };
  for (const auto& name : spec.dns_names) add(0x82, name);
  for (const auto& address : spec.addresses) add(0x87, address);
  return der(0x30, names);
}

void generate(mbedtls_pk_context& key) {
  check(mbedtls_pk_setup(&key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)), "key setup");
  check(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(key), random_bytes, nullptr), "key");
}

void fill(mbedtls_x509write_cert& writer, const CertificateSpec& spec) {
  const std::string subject = "CN=" + spec.name;
  const std::string issuer = "CN=" + (spec.issuer != nullptr ? spec.issuer->name : spec.name);
  mbedtls_x509write_crt_set_version(&writer, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&writer, MBEDTLS_MD_SHA256);
  check(mbedtls_x509write_crt_set_subject_name(&writer, subject.c_str()), "subject");
  check(mbedtls_x509write_crt_set_issuer_name(&writer, issuer.c_str()), "issuer");
  check(mbedtls_x509write_crt_set_validity(&writer, spec.not_before.c_str(), spec.not_after.c_str()),
        "dates");
  check(mbedtls_x509write_crt_set_basic_constraints(&writer, spec.ca ? 1 : 0, -1), "constraints");
  if (!spec.dns_names.empty() || !spec.addresses.empty()) {
    const Bytes names = alt_names(spec);
    check(mbedtls_x509write_crt_set_extension(&writer, "\x55\x1D\x11", 3, 0, names.data(), names.size()),
          "alternative names");
  }
  std::array<unsigned char, 8> serial;
  check(random_bytes(nullptr, serial.data(), serial.size()), "serial");
  serial[0] = (serial[0] & 0x7F) | 0x40;  // positive, and no leading zeros
  check(tls::compat::set_serial(writer, serial.data(), serial.size()), "serial");
}

}  // namespace

void seed_certificates(std::uint64_t seed) {
  seeded.emplace(seed);
}

Certificate make_certificate(const CertificateSpec& spec) {
  Key own;
  Key issuer;
  generate(own.pk);
  if (spec.issuer != nullptr) {
    const auto& pem = spec.issuer->key_pem;
    check(tls::compat::parse_key(issuer.pk, reinterpret_cast<const unsigned char*>(pem.c_str()),
                                 pem.size() + 1, random_bytes, nullptr),
          "issuer's key");
  }
  mbedtls_x509write_cert writer;
  mbedtls_x509write_crt_init(&writer);
  fill(writer, spec);
  mbedtls_x509write_crt_set_subject_key(&writer, &own.pk);
  mbedtls_x509write_crt_set_issuer_key(&writer, spec.issuer != nullptr ? &issuer.pk : &own.pk);

  Certificate made;
  made.name = spec.name;
  Bytes buffer(8192);
  const int size = mbedtls_x509write_crt_der(&writer, buffer.data(), buffer.size(), random_bytes, nullptr);
  check(size, "certificate");
  const auto written = std::as_bytes(std::span(buffer)).last(static_cast<std::size_t>(size));  // at the end
  made.der.assign(written.begin(), written.end());
  std::size_t text_size = 0;
  std::string text(16384, '\0');
  check(mbedtls_pem_write_buffer("-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n",
                                 reinterpret_cast<const unsigned char*>(made.der.data()), made.der.size(),
                                 reinterpret_cast<unsigned char*>(text.data()), text.size(), &text_size),
        "PEM");
  made.pem = text.c_str();
  check(mbedtls_pk_write_key_pem(&own.pk, reinterpret_cast<unsigned char*>(text.data()), text.size()), "key");
  made.key_pem = text.c_str();
  mbedtls_x509write_crt_free(&writer);
  return made;
}

Certificate make_ca(const std::string& name) {
  return make_certificate({.name = name, .ca = true});
}

Certificate make_server_certificate(const Certificate& ca) {
  std::vector<std::uint8_t> loopback6(16);
  loopback6[15] = 1;
  return make_certificate({.name = "localhost",
                           .dns_names = {"localhost", "gate.example"},
                           .addresses = {{127, 0, 0, 1}, loopback6},
                           .issuer = &ca});
}

std::array<std::byte, 32> Certificate::sha256() const {
  std::array<std::byte, 32> digest{};
  if (!crypto::sha256(der, digest)) std::abort();
  return digest;
}

std::array<std::byte, 32> Certificate::public_key_sha256() const {
  mbedtls_x509_crt parsed;
  mbedtls_x509_crt_init(&parsed);
  check(mbedtls_x509_crt_parse_der(&parsed, reinterpret_cast<const unsigned char*>(der.data()), der.size()),
        "parse");
  std::array<std::byte, 32> digest{};
  if (!crypto::sha256(std::as_bytes(std::span(parsed.pk_raw.p, parsed.pk_raw.len)), digest)) std::abort();
  mbedtls_x509_crt_free(&parsed);
  return digest;
}

std::string write_temporary_file(std::string_view text) {
  struct Files {
    ~Files() {
      for (const auto& path : paths) unlink(path.c_str());
    }
    std::vector<std::string> paths;
  };
  static Files files;
  std::string path = "/tmp/kedge-test-XXXXXX";
  const int descriptor = mkstemp(path.data());
  if (descriptor < 0 || write(descriptor, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    std::perror("test certificates: temporary file");
    std::abort();
  }
  close(descriptor);
  files.paths.push_back(path);
  return path;
}

}  // namespace kedge::test
