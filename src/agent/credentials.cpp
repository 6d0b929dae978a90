#include "credentials.hpp"

#include "../codec/utf8.hpp"
#include "../link/without_secret.hpp"
#include "../program/token.hpp"
#include "../ws/url.hpp"

#include <string>

namespace kedge::agent {

namespace {

constexpr std::string_view concealed = "(words that held the secret)";

/// The words of an error, without the file's name at their end, perhaps cut short: it is a value, and may be
/// a secret in the wrong place.
std::string_view without_path(std::string_view words, std::string_view path) noexcept {
  for (std::size_t at = words.find(": "); at != std::string_view::npos; at = words.find(": ", at + 1)) {
    if (path.starts_with(words.substr(at + 2))) return words.substr(0, at);
  }
  return words;
}

void add(Problems& problems, Setting setting, std::string_view words) {
  problems.push_back(std::string(name_of(setting)).append(": ").append(words));
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
  if (auto read = program::read_token_file(configuration_.token_file, token); !read) {
    add(problems, Setting::token_file, read.error().message());
  } else if (!codec::utf8_valid(token.reveal())) {
    add(problems, Setting::token_file, "the secret in it is not UTF-8");
  } else {
    (void)token_.assign(token.reveal());
  }
}

void Credentials::read_certificates(Problems& problems) {
  const std::size_t before = problems.size();
  auto fresh = std::make_unique<tls::ClientStorage<>>();
  if (auto trusted = trust(fresh->client); !trusted) {
    add(problems, Setting::ca_file, without_path(trusted.error().message(), configuration_.ca_file));
  }
  if (auto identified = identify(fresh->client); !identified) {
    const std::string_view words =
        without_path(identified.error().message(), configuration_.certificate_file);
    add(problems, Setting::certificate_file, without_path(words, configuration_.key_file));
  }
  if (problems.size() != before) return;
  trust_warning_ = fresh->client.trust_warning();
  tls_.replace(std::move(fresh));
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
