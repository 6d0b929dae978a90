#include "credentials.hpp"

#include "../codec/utf8.hpp"
#include "../link/without_secret.hpp"
#include "../program/token.hpp"
#include "../ws/url.hpp"

#include <cerrno>
#include <new>
#include <string>

namespace kedge::agent {

namespace {

constexpr std::string_view concealed = "(words that held the secret)";

void add(Problems& problems, Setting setting, const Error& error) {
  // The library does not know why a file cannot be opened.
  if (errno == ENOMEM) throw std::bad_alloc();
  problems.push_back(std::string(name_of(setting)).append(": ").append(error.message()));
}

}  // namespace

void Credentials::read(Problems& problems) {
  read_token(problems);
  read_certificates(problems);
}

Error Credentials::conceal(const Error& error) const noexcept {
  return without_secret(error, token_, concealed);
}

LogRecord Credentials::conceal(const LogRecord& record) const noexcept {
  LogRecord without = record;
  without.message = conceal(record.message);
  return without;
}

std::string_view Credentials::conceal(std::string_view words) const noexcept {
  return holds_secret(words, token_) ? concealed : words;
}

void Credentials::read_token(Problems& problems) {
  if (configuration_.token_file.empty()) return;
  Secret token;
  errno = 0;
  if (auto read = program::read_token(configuration_.token_file, "", token); !read) {
    add(problems, Setting::token_file, read.error());
  } else if (!codec::utf8_valid(token.reveal())) {
    add(problems, Setting::token_file, Error(ErrorKind::config, "the secret in it is not UTF-8"));
  } else {
    (void)token_.assign(token.reveal());
  }
}

void Credentials::read_certificates(Problems& problems) {
  const std::size_t before = problems.size();
  auto fresh = std::make_unique<tls::ClientStorage<>>();
  errno = 0;
  if (auto trusted = trust(fresh->client); !trusted) add(problems, Setting::ca_file, trusted.error());
  errno = 0;
  if (auto identified = identify(fresh->client); !identified) {
    add(problems, Setting::certificate_file, identified.error());
  }
  if (problems.size() > before) return;
  // A connection may be open on the one that is in use, so it is told rather than replaced.
  errno = 0;
  if (auto trusted = trust(tls_->client); !trusted) add(problems, Setting::ca_file, trusted.error());
  if (auto identified = identify(tls_->client); !identified) {
    add(problems, Setting::certificate_file, identified.error());
  }
}

Result<void> Credentials::trust(tls::Client& client) const noexcept {
  if (!configuration_.ca_file.empty()) return client.trust_file(configuration_.ca_file.c_str());
  // Without TLS a machine needs no bundle.
  const auto url = ws::parse_url(configuration_.url);
  return url && url->secure ? client.trust_system_bundle() : Result<void>{};
}

Result<void> Credentials::identify(tls::Client& client) const noexcept {
  if (configuration_.certificate_file.empty() || configuration_.key_file.empty()) return {};
  return client.set_client_certificate_files(configuration_.certificate_file.c_str(),
                                             configuration_.key_file.c_str(), port_);
}

}  // namespace kedge::agent
