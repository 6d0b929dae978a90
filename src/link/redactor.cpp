#include "redactor.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace kedge {

namespace {

/// What of a text may be missing without its being seen: a character that had no room.
constexpr std::size_t cut_characters = 4;
/// No secret is looked for in less of them.
constexpr std::size_t base64_characters_min = 6;

bool continues_character(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

/// Goes through a text once, from secret to secret.
class Redactor::Search {
 public:
  struct Found {
    std::size_t begin, end;
  };

  Search(const Redactor& redactor, std::string_view words) noexcept : redactor_(redactor), words_(words) {
    for_each_secret([this](SecretBytes secret) noexcept { may_begin(secret.take()); });
    may_begin('%');
    may_begin('\\');
  }

  std::optional<Found> next() noexcept {
    for (std::size_t at = at_; at < words_.size(); ++at) {
      const std::size_t end = std::max(end_of_base64(at), end_of_spelling(at));
      if (end != at) return found(at, end);
    }
    at_ = words_.size();
    return std::nullopt;
  }

 private:
  // What is no UTF-8 may begin or end anywhere: whole characters stay.
  Found found(std::size_t begin, std::size_t end) noexcept {
    while (begin > at_ && continues_character(words_[begin])) --begin;
    while (end < words_.size() && continues_character(words_[end])) ++end;
    at_ = end;
    return {begin, end};
  }

  // Most places of a long text are passed by with a look at one byte.
  void may_begin(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    beginnings_[byte / 32U] |= 1U << byte % 32U;
  }
  std::size_t end_of_spelling(std::size_t at) const noexcept {
    const auto byte = static_cast<unsigned char>(words_[at]);
    if ((beginnings_[byte / 32U] >> byte % 32U & 1U) == 0) return at;
    std::size_t end = at;
    for_each_secret(
        [&](const SecretBytes& secret) noexcept { end = std::max(end, end_of_secret(words_, at, secret)); });
    return end;
  }

  std::size_t end_of_base64(std::size_t at) noexcept {
    if (at < run_end_) return at;
    const std::string_view run = words_.substr(at, base64_run(words_.substr(at)));
    run_end_ = at + run.size();
    if (run.size() < base64_characters_min) return at;
    bool shows = false;
    for_each_secret([&](const SecretBytes& secret) noexcept { shows = shows || base64_shows(run, secret); });
    return shows ? run_end_ : at;
  }

  template <class Visit>
  void for_each_secret(Visit&& visit) const noexcept {
    const std::string_view credential = redactor_.credential_.reveal();
    if (!credential.empty()) visit(SecretBytes(credential));
    // Of user and password, the password by itself.
    const std::size_t colon = credential.find(':');
    if (colon != std::string_view::npos) {
      const SecretBytes password(credential.substr(colon + 1));
      if (!password.empty()) visit(password);
    }
    for (std::string_view rest = redactor_.query_; !rest.empty();) {
      const std::string_view parameter = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(rest.size(), parameter.size() + 1));
      const std::size_t equals = parameter.find('=');
      const SecretBytes value(parameter.substr(equals == std::string_view::npos ? 0 : equals + 1), true);
      if (value.size() == telling_bytes) visit(value);
    }
  }

  const Redactor& redactor_;
  std::string_view words_;
  std::size_t at_ = 0;
  std::size_t run_end_ = 0;                    // of the base64 that was looked into
  std::array<std::uint32_t, 8> beginnings_{};  // a bit for each byte that a secret's spelling may begin with
};

std::string_view Redactor::redact(std::string_view words, std::span<char> room) const noexcept {
  if (credential_.empty() && query_.empty()) return words;
  Search search(*this, words);
  auto found = search.next();
  if (!found) return words;
  std::size_t size = 0;
  const auto put = [&](std::string_view text) noexcept {
    std::size_t taken = std::min(text.size(), room.size() - size);
    while (taken < text.size() && taken > 0 && continues_character(text[taken])) --taken;
    std::copy_n(text.begin(), taken, room.begin() + static_cast<std::ptrdiff_t>(size));
    size += taken;
    return taken == text.size();
  };
  bool fits = true;
  for (std::size_t at = 0; fits && at < words.size();) {
    const std::size_t begin = found ? found->begin : words.size();
    fits = put(words.substr(at, begin - at));
    if (!fits || !found) break;
    fits = put(mask.substr(0, found->end - begin));
    at = found->end;
    found = search.next();
  }
  const std::string_view without(room.data(), size);
  // What is left may be one again, if the peer means it.
  if (Search(*this, without).next())
    return mask.substr(0, std::min({mask.size(), words.size(), room.size()}));
  return without;
}

// How many characters at the end of a text are the beginning of the credential, as it is; 0 for less than
// three.
std::size_t Redactor::cut_secret(std::string_view words) const noexcept {
  const std::string_view credential = credential_.reveal();
  for (std::size_t size = std::min({credential.size(), words.size(), telling_bytes}); size >= mask.size();
       --size) {
    if (words.ends_with(credential.substr(0, size))) return size;
  }
  return 0;
}

Error Redactor::redact(const Error& error) const noexcept {
  std::array<char, Error::message_max> room;
  std::string_view words = redact(error.message(), room);
  // A secret that was cut off with the words is shown all the same.
  const std::size_t shown =
      error.message().size() + cut_characters > Error::message_max ? cut_secret(words) : 0;
  std::array<char, Error::message_max + mask.size()> masked;
  if (shown != 0) {
    const std::string_view kept = words.substr(0, words.size() - shown);
    std::copy_n(mask.begin(), mask.size(), std::copy_n(kept.begin(), kept.size(), masked.begin()));
    words = std::string_view(masked.data(), kept.size() + mask.size());
  }
  if (words == error.message()) return error;
  return Error(error.kind(), error.layer(), error.layer_code(), words)
      .with_code(error.code())
      .with_retry_after(error.retry_after())
      .with_may_have_run(error.may_have_run());
}

Error& Redactor::append(Error& error, std::string_view words) const noexcept {
  // More than an error has room for, so that it knows when it cuts.
  std::array<char, Error::message_max + 4> room;
  return error.append(redact(words, room));
}

}  // namespace kedge
