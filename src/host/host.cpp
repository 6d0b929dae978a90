#include "../ws/url.hpp"
#include "standard_descriptors.hpp"

#include <kedge/host.hpp>

#include <cstdio>
#include <cstdlib>

namespace kedge {

namespace {

/// What a variable holds; null when it is not set, or empty.
const char* variable(const char* name) noexcept {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

// At once: whoever reads a pipe waits for it. False when it could not be.
bool write(std::FILE* to, std::string_view line) noexcept {
  std::clearerr(to);
  std::fwrite(line.data(), 1, line.size(), to);
  std::fputc('\n', to);
  return std::fflush(to) == 0 && std::ferror(to) == 0;
}

bool is_plain(std::string_view url) noexcept {
  const auto parsed = ws::parse_url(url);
  return parsed && !parsed->secure;
}

}  // namespace

Host::Descriptors::Descriptors() noexcept {
  open_missing_descriptors();
  survive_failed_writes();
}

Host::Host(const char* token_variable) noexcept : token_variable_(token_variable) {}

ClientConfig Host::config(std::string_view url) noexcept {
  ClientConfig config;
  config.url = url;
  config.tls = &tls_.client;
  if (!is_plain(url)) {
    const char* ca = variable("KEDGE_CA");
    error_ = (ca != nullptr ? tls_.client.trust_file(ca) : tls_.client.trust_system_bundle()).error();
  }
  if (const auto read = proxy_.read(url); !read && !error_) error_ = read.error();
  proxy_.apply(config);
  config.credentials = [name = token_variable_](Secret& token) noexcept -> Result<void> {
    const char* value = variable(name);
    if (value != nullptr) return token.assign(value);
    return Error(ErrorKind::config, name).append(" is not set");
  };
  config.judge = [name = token_variable_](const Ending& ending, const Judgement& usual) noexcept {
    Judgement judgement = usual;
    const bool wanted = ending.error.kind() == ErrorKind::authentication && ending.http_status == 0;
    if (wanted && !ending.was_open && variable(name) == nullptr) judgement.verdict = Verdict::final;
    return judgement;
  };
  config.on_state = [this](LinkState state, const Error& error) noexcept {
    if (state == LinkState::waiting) tell(error);
    if (state == LinkState::closed && error.kind() != ErrorKind::closed) fail(error);
  };
  return config;
}

void Host::print(std::string_view line) noexcept {
  if (!write(stdout, line)) fail(Error(ErrorKind::config, "standard output cannot be written to"));
}

void Host::print(const Outcome& outcome) noexcept {
  if (outcome.ok()) return print(outcome.text());
  fail(outcome.error);
}

int Host::fail(const Error& error) noexcept {
  failed_ = true;
  tell(error);
  return 1;
}

void Host::tell(const Error& error) noexcept {
  if (error.message() == told_.message()) return;
  told_ = error;
  write(stderr, error.message());
}

int Host::run(Client& client) noexcept {
  if (const auto made = loop_.status(); !made) return fail(made.error());
  if (error_) return fail(error_);
  if (auto started = client.connect(); !started) return fail(started.error());
  loop_.run();
  const int code = failed_ ? 1 : 0;
  if (loop_.lookups_outstanding() > 0) uv::exit_now(code);
  return code;
}

}  // namespace kedge
