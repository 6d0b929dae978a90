#include "../codec/base64.hpp"
#include "http_text.hpp"

#include <kedge/secret.hpp>
#include <kedge/upgrade_extras.hpp>

#include <cstring>

namespace kedge {

namespace {

using ws::equal_without_case;
using ws::is_alpha;
using ws::is_digit;
using ws::is_token;

/// Headers the upgrade sets itself, and those that would change how the request is read.
bool is_reserved(std::string_view name) noexcept {
  constexpr std::string_view names[] = {
      "host", "upgrade", "connection", "content-length", "transfer-encoding", "trailer", "te", "expect"};
  for (const std::string_view reserved : names) {
    if (equal_without_case(name, reserved)) return true;
  }
  return equal_without_case(name.substr(0, 14), "sec-websocket-");
}

bool has_control_character(std::string_view value) noexcept {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < ' ' && c != '\t') || byte == 0x7F) return true;
  }
  return false;
}

/// RFC 3986 section 2.3.
bool is_unreserved(char c) noexcept {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

std::size_t encoded_size(std::string_view text) noexcept {
  std::size_t size = 0;
  for (const char c : text) size += is_unreserved(c) ? 1U : 3U;
  return size;
}

char* put(char* out, std::string_view text) noexcept {
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* put_encoded(char* out, std::string_view text) noexcept {
  constexpr std::string_view hex = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      *out++ = c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    *out++ = '%';
    *out++ = hex[byte >> 4];
    *out++ = hex[byte & 15U];
  }
  return out;
}

/// RFC 6750 section 2.1.
bool is_bearer_token(std::string_view token) noexcept {
  const std::size_t end = token.find_last_not_of('=') + 1;
  if (end == 0) return false;
  for (const char c : token.substr(0, end)) {
    if (!is_unreserved(c) && c != '+' && c != '/') return false;
  }
  return true;
}

Error no_room() noexcept {
  return {ErrorKind::too_large, "no room for the upgrade's headers and query"};
}

}  // namespace

Result<void> UpgradeExtras::add_header(std::string_view name, std::string_view value) noexcept {
  if (!is_token(name)) return Error(ErrorKind::config, "a header's name is not a token");
  if (has_control_character(value))
    return Error(ErrorKind::config, "a header's value has control characters");
  if (is_reserved(name)) return Error(ErrorKind::config, "a header that the upgrade sets itself");
  char* out = begin_header(name, {}, value.size());
  if (out == nullptr) return no_room();
  put(out, value);
  return {};
}

char* UpgradeExtras::begin_header(std::string_view name, std::string_view scheme,
                                  std::size_t value_size) noexcept {
  constexpr std::string_view colon = ": ";
  constexpr std::string_view end = "\r\n";
  const std::size_t left = storage_.size() - headers_size_ - query_size_;
  const std::size_t rest = scheme.size() + colon.size() + end.size();
  if (left < rest || name.size() > left - rest || value_size > left - rest - name.size()) return nullptr;
  char* value = put(put(put(storage_.data() + headers_size_, name), colon), scheme);
  put(value + value_size, end);
  headers_size_ += name.size() + value_size + rest;
  return value;
}

Result<void> UpgradeExtras::add_basic(const Secret& credential) noexcept {
  const std::string_view text = credential.reveal();
  if (text.find(':') == std::string_view::npos || has_control_character(text))
    return Error(ErrorKind::authentication, "the credential is not of the form user:password");
  const std::size_t size = codec::base64_encoded_size(text.size(), codec::Base64::standard);
  char* out = begin_header("Authorization", "Basic ", size);
  if (out == nullptr) return no_room();
  (void)codec::base64_encode(std::as_bytes(std::span(text.data(), text.size())), std::span(out, size));
  return {};
}

Result<void> UpgradeExtras::add_bearer(const Secret& token) noexcept {
  if (!is_bearer_token(token.reveal()))
    return Error(ErrorKind::authentication, "the credential is no bearer token (RFC 6750)");
  char* out = begin_header("Authorization", "Bearer ", token.size());
  if (out == nullptr) return no_room();
  put(out, token.reveal());
  return {};
}

Result<void> UpgradeExtras::add_query(std::string_view name, std::string_view value) noexcept {
  if (name.empty()) return Error(ErrorKind::config, "a query parameter without a name");
  const std::size_t left = storage_.size() - headers_size_ - query_size_;
  if (name.size() > left || value.size() > left)
    return no_room();  // so that three times their sum cannot wrap
  const std::size_t separator = query_size_ == 0 ? 0 : 1;
  const std::size_t size = separator + encoded_size(name) + 1 + encoded_size(value);
  if (size > left) return no_room();
  char* const old_begin = storage_.data() + storage_.size() - query_size_;
  char* out = old_begin - size;
  std::memmove(out, old_begin, query_size_);
  out += query_size_;
  if (separator != 0) *out++ = '&';
  out = put_encoded(out, name);
  *out++ = '=';
  put_encoded(out, value);
  query_size_ += size;
  return {};
}

Result<void> UpgradeExtras::add_subprotocol(std::string_view name) noexcept {
  if (!is_token(name)) return Error(ErrorKind::config, "a subprotocol's name is not a token");
  for (const std::string_view offered : subprotocols()) {
    if (offered == name) return Error(ErrorKind::config, "a subprotocol is offered twice");
  }
  if (subprotocol_count_ == subprotocols_max) {
    return Error(ErrorKind::too_large, "more subprotocols than can be offered, ")
        .append(static_cast<std::int64_t>(subprotocols_max));
  }
  subprotocols_[subprotocol_count_++] = name;
  return {};
}

std::string_view UpgradeExtras::headers() const noexcept {
  return {storage_.data(), headers_size_};
}

std::string_view UpgradeExtras::query() const noexcept {
  return {storage_.data() + storage_.size() - query_size_, query_size_};
}

void UpgradeExtras::clear() noexcept {
  wipe(std::as_writable_bytes(storage_));
  headers_size_ = 0;
  query_size_ = 0;
  subprotocol_count_ = 0;
}

}  // namespace kedge
