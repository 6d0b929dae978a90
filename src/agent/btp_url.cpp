#include "btp_url.hpp"

#include "../codec/hex.hpp"
#include "../codec/utf8.hpp"
#include "../program/secret_text.hpp"
#include "../program/token.hpp"
#include "../ws/http_text.hpp"

#include <kedge/btp.hpp>

#include <algorithm>
#include <string>

namespace kedge::agent {

namespace {

constexpr std::string_view scheme_mark = "btp+";

struct Parts {
  std::string url;
  program::SecretText user{btp::peer_id_bytes_max};
  program::Token token;
};

Error fault(std::string_view what) noexcept {
  return Error(ErrorKind::config, what);
}

/// What user info may have as it is (RFC 3986 section 3.2.1), but for the colon behind the user.
bool stands_for_itself(char c) noexcept {
  constexpr std::string_view marks = "-._~!$&'()*+,;=:";
  return ws::is_alpha(c) || ws::is_digit(c) || marks.find(c) != std::string_view::npos;
}

Result<void> decode(std::string_view text, program::SecretText& into) noexcept {
  while (!text.empty()) {
    char c = text.front();
    std::size_t taken = 1;
    if (c == '%') {
      if (text.size() < 3 || codec::hex_digit(text[1]) < 0 || codec::hex_digit(text[2]) < 0) {
        return fault("holds a % that begins no escape: write %25");
      }
      c = static_cast<char>(codec::hex_digit(text[1]) * 16 + codec::hex_digit(text[2]));
      taken = 3;
    } else if (!stands_for_itself(c)) {
      return fault("holds a character that must be percent-encoded");
    }
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) return fault("holds a control character");
    if (into.room().empty()) return fault("is too long");
    into.room()[0] = c;
    into.grow(1);
    text.remove_prefix(taken);
  }
  return {};
}

Error of(std::string_view part, const Error& why) noexcept {
  return fault(part).append(" ").append(why.message());
}

Result<void> take_user_info(std::string_view info, Parts& parts) noexcept {
  const std::size_t colon = info.find(':');
  if (colon == std::string_view::npos)
    return fault("the URL has a user and no token: it is user:token@host, or :token@host");
  if (const auto user = decode(info.substr(0, colon), parts.user); !user) return of("its user", user.error());
  if (!codec::utf8_valid(parts.user.view())) return fault("its user is not UTF-8");
  program::SecretText text(program::token_bytes_max + 1);
  if (const auto token = decode(info.substr(colon + 1), text); !token) return of("its token", token.error());
  const auto taken = program::take_token(text.view(), parts.token);
  return taken ? taken : of("its token", taken.error());
}

Result<void> take_apart(std::string_view text, Parts& parts) {
  const std::size_t end = text.find("://");
  const std::string_view scheme = text.substr(0, end);
  if (end == std::string_view::npos ||
      (!ws::equal_without_case(scheme, "ws") && !ws::equal_without_case(scheme, "wss"))) {
    return fault("the URL has a scheme other than ws://, wss://, btp+ws:// or btp+wss://");
  }
  const std::string_view rest = text.substr(end + 3);
  const std::size_t target = std::min(rest.find_first_of("/?#"), rest.size());
  // Of a token with a / that is not encoded the rest would be a path, and what is before it a host.
  if (rest.substr(target).find('@') != std::string_view::npos) {
    return fault(
        "the URL has an @ behind the host: in user and token /, ? and # are %2F, %3F and %23, in a path @ is "
        "%40");
  }
  std::string_view authority = rest.substr(0, target);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    if (const auto taken = take_user_info(authority.substr(0, at), parts); !taken) return taken;
    authority.remove_prefix(at + 1);
  }
  parts.url.append(scheme).append("://").append(authority).append(rest.substr(target));
  return {};
}

class Taking {
 public:
  Taking(SettingValues& values, Problems& problems) : values_(values), problems_(problems) {}

  void problem(const std::string& what) {
    problems_.push_back(std::string(name_of(Setting::url)).append(": ").append(what));
  }
  void user(std::string_view user) {
    const auto given = values_.get(Setting::peer_id);
    if (given && *given != user) {
      return problem("its user is another than " + std::string(name_of(Setting::peer_id)));
    }
    values_.set(Setting::peer_id, user);
  }
  void token(std::string_view token) {
    const bool none = values_.get(Setting::no_token).value_or("0") != "0";
    if (none) return as_well_as(Setting::no_token);
    if (values_.get(Setting::token_file)) return as_well_as(Setting::token_file);
    const auto given = values_.get(Setting::token);
    program::Token other;
    if (given && (!program::take_token(*given, other) || other.reveal() != token)) {
      return problem("its token is another than " + std::string(name_of(Setting::token)));
    }
    values_.set(Setting::token, token);
  }

 private:
  void as_well_as(Setting other) {
    problem("its token is given as well as " + std::string(name_of(other)) + ": which of them is it?");
  }

  SettingValues& values_;
  Problems& problems_;
};

}  // namespace

void take_btp_url(SettingValues& values, Problems& problems) {
  const auto url = values.get(Setting::url);
  if (!url || !ws::equal_without_case(url->substr(0, scheme_mark.size()), scheme_mark)) return;
  Parts parts;
  const auto taken = take_apart(url->substr(scheme_mark.size()), parts);
  values.set(Setting::url, parts.url);
  Taking taking(values, problems);
  if (!taken) return taking.problem(std::string(taken.error().message()));
  if (!parts.user.view().empty()) taking.user(parts.user.view());
  if (!parts.token.empty()) taking.token(parts.token.reveal());
}

}  // namespace kedge::agent
