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

// At once: whoever reads a pipe waits for it.
void write(std::FILE* to, std::string_view line) noexcept {
  std::fwrite(line.data(), 1, line.size(), to);
  std::fputc('\n', to);
  std::fflush(to);
}

}  // namespace

Host::Host(const char* token_variable) noexcept : token_variable_(token_variable) {
  const char* ca = variable("KEDGE_CA");
  trusted_ = ca != nullptr ? tls_.client.trust_file(ca) : tls_.client.trust_system_bundle();
}

ClientConfig Host::config(std::string_view url) noexcept {
  ClientConfig config;
  config.url = url;
  if (trusted_) {
    config.tls = &tls_.client;
  } else if (!url.starts_with("ws:")) {
    fail(trusted_.error());
  }
  if (auto read = proxy_.read(url); !read) fail(read.error());
  proxy_.apply(config);
  config.credentials = [name = token_variable_](Secret& token) noexcept -> Result<void> {
    const char* value = variable(name);
    if (value != nullptr) return token.assign(value);
    return Error(ErrorKind::config, name).append(" is not set");
  };
  config.on_state = [this](LinkState state, const Error& error) noexcept {
    if (state == LinkState::waiting) write(stderr, error.message());
    if (state == LinkState::closed && error.kind() != ErrorKind::closed) fail(error);
  };
  return config;
}

void Host::print(std::string_view line) noexcept {
  write(stdout, line);
}

void Host::print(const Outcome& outcome) noexcept {
  if (outcome.ok()) return print(outcome.text());
  fail(outcome.error);
}

int Host::fail(const Error& error) noexcept {
  failed_ = true;
  write(stderr, error.message());
  return 1;
}

int Host::run(Client& client) noexcept {
  if (auto started = client.connect(); !started) return fail(started.error());
  loop_.run();
  const int code = failed_ ? 1 : 0;
  if (loop_.lookups_outstanding() > 0) uv::exit_now(code);
  return code;
}

}  // namespace kedge
