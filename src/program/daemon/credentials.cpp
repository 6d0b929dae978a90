#include "credentials.hpp"

#include "../../ws/url.hpp"

#include <string>

namespace kedge::program {

namespace {

/// The words of an error, without the file's name at their end, perhaps cut short: it is a value, and may be
/// a secret in the wrong place.
std::string_view without_path(std::string_view words, std::string_view path) noexcept {
  for (std::size_t at = words.find(": "); at != std::string_view::npos; at = words.find(": ", at + 1)) {
    if (path.starts_with(words.substr(at + 2))) return words.substr(0, at);
  }
  return words;
}

void add(Problems& problems, std::string_view name, std::string_view words) {
  problems.push_back(std::string(name).append(": ").append(words));
}

}  // namespace

Result<void> Credentials::read(Problems& problems, const Patience& patience) {
  if (auto prepared = prepare(problems, patience); !prepared) return prepared;
  read_token(problems);
  read_certificates(problems);
  return {};
}

Result<void> Credentials::prepare(Problems& problems, const Patience& patience) {
  struct Named {
    File& file;
    const std::string& path;
    std::size_t bytes_max;
    std::string_view name;
  };
  const std::size_t certificate_max = certificate_file_bytes_max;
  for (const Named& named :
       {Named{token_file_, sources_.token_file, token_file_bytes_max, names_.token_file},
        Named{ca_file_, sources_.ca_file, certificate_max, names_.ca_file},
        Named{certificate_file_, sources_.certificate_file, certificate_max, names_.certificate_file},
        Named{key_file_, sources_.key_file, certificate_max, names_.key_file}}) {
    if (named.file && named.file->path() == named.path && named.file->is_kept()) continue;
    named.file.reset();
    if (named.path.empty()) continue;
    named.file.emplace(named.path, named.bytes_max);
    const auto prepared = named.file->prepare(patience);
    if (prepared) continue;
    if (prepared.error().kind() == ErrorKind::cancelled) return prepared;
    add(problems, named.name, prepared.error().message());
    named.file.reset();
  }
  return {};
}

void Credentials::read_token(Problems& problems) {
  if (!token_file_) return;
  if (const auto read = read_token_file(*token_file_, token_); !read) {
    add(problems, names_.token_file, read.error().message());
  }
}

void Credentials::read_certificates(Problems& problems) {
  const std::size_t before = problems.size();
  auto fresh = std::make_unique<tls::ClientStorage<>>();
  if (auto trusted = trust(fresh->client); !trusted) {
    add(problems, names_.ca_file, without_path(trusted.error().message(), sources_.ca_file));
  }
  if (auto identified = identify(fresh->client); !identified) {
    const std::string_view words = without_path(identified.error().message(), sources_.certificate_file);
    add(problems, names_.certificate_file, without_path(words, sources_.key_file));
  }
  const bool all = ca_file_.has_value() == !sources_.ca_file.empty() &&
                   certificate_file_.has_value() == !sources_.certificate_file.empty() &&
                   key_file_.has_value() == !sources_.key_file.empty();
  if (!all || problems.size() != before) return;
  trust_warning_ = fresh->client.trust_warning();
  tls_.replace(std::move(fresh));
}

Result<void> Credentials::trust(tls::Client& client) const {
  if (ca_file_) return program::trust(client, *ca_file_);
  // Without TLS a machine needs no bundle.
  const auto url = ws::parse_url(sources_.url);
  const bool needed = sources_.ca_file.empty() && url && url->secure;
  return needed ? client.trust_system_bundle() : Result<void>{};
}

Result<void> Credentials::identify(tls::Client& client) const {
  if (!certificate_file_ || !key_file_) return {};
  return program::identify(client, *certificate_file_, *key_file_, port_);
}

}  // namespace kedge::program
