#include <kedge/proxy_variables.hpp>

#include "../base/whole_number.hpp"
#include "../codec/hex.hpp"
#include "../ws/http_text.hpp"
#include "../ws/url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <span>

namespace kedge {

namespace {

/// A variable that is set to something.
struct Variable {
  const char* name = nullptr;
  std::string_view text;
};

Variable first_given(std::span<const char* const> names) {
  for (const char* name : names) {
    const char* text = std::getenv(name);
    if (text != nullptr && *text != '\0') return {name, text};
  }
  return {};
}

/// An address of either family, in network order.
struct Literal {
  std::array<unsigned char, 16> bytes{};
  unsigned bits = 0;  ///< 32 or 128
};

std::optional<Literal> literal(std::string_view text) {
  const std::string terminated(text);
  Literal address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
  } else if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) {
    address.bits = 128;
  } else {
    return std::nullopt;
  }
  return address;
}

bool same_network(const Literal& a, const Literal& b, unsigned bits) {
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned differs = static_cast<unsigned>(a.bytes[i / 8] ^ b.bytes[i / 8]);
    if ((differs >> (7 - i % 8) & 1U) != 0) return false;
  }
  return true;
}

/// An entry's host, and the port behind it; what is no number is part of the host, as in an address of IPv6.
struct Entry {
  std::string_view host;
  std::optional<std::uint64_t> port;
};

Entry parse_entry(std::string_view text) {
  Entry entry{text, {}};
  const bool bracketed = text.starts_with('[');
  const std::size_t bracket = bracketed ? text.find(']') : std::string_view::npos;
  const std::size_t colon = text.rfind(':');
  const bool has_port =
      colon != std::string_view::npos &&
      (bracketed ? bracket != std::string_view::npos && colon == bracket + 1 : text.find(':') == colon);
  if (has_port) {
    entry.host = text.substr(0, colon);
    entry.port = whole_number(text.substr(colon + 1), 1, 0xFFFF);
    if (!entry.port) entry.port = 0;  // nobody's
  }
  if (bracketed && entry.host.ends_with(']')) entry.host = entry.host.substr(1, entry.host.size() - 2);
  return entry;
}

bool is_of_network(const Literal& host, std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto network = literal(text.substr(0, slash));
  if (!network || network->bits != host.bits) return false;
  if (slash == std::string_view::npos) return same_network(host, *network, host.bits);
  const auto bits = whole_number(text.substr(slash + 1), 0, host.bits);
  return bits && same_network(host, *network, static_cast<unsigned>(*bits));
}

bool is_name_below(std::string_view host, std::string_view domain) {
  if (domain.starts_with('.')) domain.remove_prefix(1);
  if (domain.ends_with('.')) domain.remove_suffix(1);
  if (domain.empty() || host.size() < domain.size()) return false;
  const std::size_t before = host.size() - domain.size();
  return ws::equal_without_case(host.substr(before), domain) && (before == 0 || host[before - 1] == '.');
}

/// Adds it to what is in `room` already, decoded; false when it is not percent-encoded as it should be, is
/// too long, or holds what no credential has (RFC 7617 section 2).
bool append_decoded(std::string_view text, std::span<char> room, std::size_t& size) {
  while (!text.empty()) {
    char c = text.front();
    std::size_t taken = 1;
    if (c == '%') {
      if (text.size() < 3 || codec::hex_digit(text[1]) < 0 || codec::hex_digit(text[2]) < 0) return false;
      c = static_cast<char>(codec::hex_digit(text[1]) * 16 + codec::hex_digit(text[2]));
      taken = 3;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte == 0x7F || size == room.size()) return false;
    room[size++] = c;
    text.remove_prefix(taken);
  }
  return true;
}

/// Takes `user[:password]`; without a password the proxy is shown an empty one.
bool take_credential(std::string_view text, Secret& credential) {
  const std::size_t colon = text.find(':');
  const std::string_view password =
      colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  std::array<char, ProxyVariables::credential_bytes_max> bytes{};
  std::size_t size = 0;
  bool good = append_decoded(text.substr(0, colon), bytes, size);
  // Behind the first colon the proxy would read the password.
  good = good && std::string_view(bytes.data(), size).find(':') == std::string_view::npos;
  good = good && append_decoded(":", bytes, size) && append_decoded(password, bytes, size) &&
         credential.assign({bytes.data(), size}).ok();
  wipe(std::as_writable_bytes(std::span(bytes)));
  return good;
}

}  // namespace

bool is_excepted(std::string_view host, std::uint16_t tcp_port, std::string_view no_proxy) {
  constexpr std::string_view separators = ", \t";
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto address = literal(host);
  while (!no_proxy.empty()) {
    const std::size_t end = std::min(no_proxy.find_first_of(separators), no_proxy.size());
    const std::string_view text = no_proxy.substr(0, end);
    no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
    if (text == "*") return true;
    const Entry entry = parse_entry(text);
    if (entry.port && *entry.port != tcp_port) continue;
    if (address ? is_of_network(*address, entry.host) : is_name_below(host, entry.host)) return true;
  }
  return false;
}

void ProxyVariables::forget() noexcept {
  wipe(std::as_writable_bytes(std::span(url_)));  // what cannot be taken apart may hold a password
  url_.clear();
  credential_.clear();
}

Result<void> ProxyVariables::read(std::string_view url) {
  forget();
  const auto target = ws::parse_url(url);
  if (!target || !target->zone.empty()) return {};
  static constexpr std::array secure{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  static constexpr std::array plain{"http_proxy", "all_proxy", "ALL_PROXY"};
  static constexpr std::array except{"no_proxy", "NO_PROXY"};
  const Variable proxy = target->secure ? first_given(secure) : first_given(plain);
  if (proxy.text.empty() || is_excepted(target->host, target->port, first_given(except).text)) return {};
  const auto taken = take(proxy.text);
  if (taken) return {};
  forget();
  return Error(ErrorKind::config, proxy.name).append(": ").append(taken.error().message());
}

Result<void> ProxyVariables::take(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  const std::string_view scheme = scheme_end == std::string_view::npos ? "http" : text.substr(0, scheme_end);
  if (scheme_end != std::string_view::npos) text.remove_prefix(scheme_end + 3);
  const std::size_t at = text.substr(0, text.find_first_of("/?#")).rfind('@');
  if (at != std::string_view::npos) {
    if (!take_credential(text.substr(0, at), credential_)) {
      return Error(ErrorKind::config,
                   "its user and password are too long, or not percent-encoded as they should be");
    }
    text.remove_prefix(at + 1);
  }
  url_.assign(scheme).append("://").append(text);
  const auto parsed = ws::parse_proxy_url(url_);
  return parsed ? Result<void>{} : Result<void>(parsed.error());
}

void ProxyVariables::apply(ClientConfig& config) const noexcept {
  config.proxy = url_;
  if (credential_.empty()) return;
  config.proxy_credentials = [this](Secret& secret) noexcept { return secret.assign(credential_.reveal()); };
}

}  // namespace kedge
