// Writes the certificates of the interop tests into the folder named by the argument, so that they need no
// openssl program: ca, and signed by it server, expired and stranger (another host); rogue signed itself;
// chained is signed by lower, that by upper, and that by ca.

#include "support/certificates.hpp"

#include <fstream>
#include <string>

namespace {

using namespace kedge::test;

bool write(const std::string& folder, const std::string& name, const Certificate& certificate) {
  std::ofstream(folder + "/" + name + ".pem") << certificate.pem;
  std::ofstream key(folder + "/" + name + ".key");
  key << certificate.key_pem;
  return key.flush().good();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string folder = argv[1];
  const Certificate ca = make_ca();
  CertificateSpec expired{.dns_names = {"localhost"}, .addresses = {{127, 0, 0, 1}}, .issuer = &ca};
  expired.not_after = "20210101000000";
  const CertificateSpec stranger{.name = "other.example", .dns_names = {"other.example"}, .issuer = &ca};
  const CertificateSpec rogue{.dns_names = {"localhost"}, .addresses = {{127, 0, 0, 1}}};
  const Certificate upper = make_certificate({.name = "upper", .ca = true, .issuer = &ca});
  const Certificate lower = make_certificate({.name = "lower", .ca = true, .issuer = &upper});
  const bool written = write(folder, "ca", ca) && write(folder, "server", make_server_certificate(ca)) &&
                       write(folder, "other_ca", make_ca("another CA")) &&
                       write(folder, "expired", make_certificate(expired)) &&
                       write(folder, "stranger", make_certificate(stranger)) &&
                       write(folder, "upper", upper) && write(folder, "lower", lower) &&
                       write(folder, "chained", make_server_certificate(lower)) &&
                       write(folder, "rogue", make_certificate(rogue));
  return written ? 0 : 1;
}
