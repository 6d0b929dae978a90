#pragma once
// A secret as a peer may repeat it, written by other means than those that look for it.

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::test {

enum class Spelling { plain, json, percent, base64, base64_url };
inline constexpr std::array all_spellings{Spelling::plain, Spelling::json, Spelling::percent,
                                          Spelling::base64, Spelling::base64_url};

inline std::string base64_of(std::string_view bytes, bool url) {
  const std::string alphabet =
      std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") + (url ? "-_" : "+/");
  std::string out;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 6) {
    unsigned sextet = 0;
    for (std::size_t i = bit; i < bit + 6; ++i) {
      const auto byte = i / 8 < bytes.size() ? static_cast<unsigned char>(bytes[i / 8]) : 0U;
      sextet = sextet << 1U | (byte >> (7 - i % 8) & 1U);
    }
    out += alphabet[sextet];
  }
  while (!url && out.size() % 4 != 0) out += '=';
  return out;
}

/// All of a secret escaped, byte by byte; in base64 behind a name, as `Basic` has it.
inline std::string spelled(std::string_view secret, Spelling how, std::string_view name = "u:") {
  if (how == Spelling::plain) return std::string(secret);
  if (how == Spelling::base64 || how == Spelling::base64_url) {
    return base64_of(std::string(name).append(secret), how == Spelling::base64_url);
  }
  std::string out;
  for (const char c : secret) {
    std::array<char, 8> escape{};
    std::snprintf(escape.data(), escape.size(), how == Spelling::json ? "\\u%04x" : "%%%02X",
                  static_cast<unsigned char>(c));
    out += escape.data();
  }
  return out;
}

/// What tells a secret in one of those spellings: eight bytes of its beginning.
inline std::vector<std::string> tell_tales(std::string_view secret) {
  const std::string_view telling = secret.substr(0, 8);
  std::vector<std::string> found;
  for (const Spelling how : {Spelling::plain, Spelling::json, Spelling::percent}) {
    found.push_back(spelled(telling, how));
  }
  // At each of the three places in a group of four characters. The first one has bits of the byte before it,
  // which may be any: without that character the secret's first byte is not there. What the byte behind it
  // touches is left out.
  for (const bool url : {false, true}) {
    for (std::size_t before = 0; before < 3; ++before) {
      const std::size_t begin = before * 8 / 6;
      const std::size_t end = (before + telling.size()) * 8 / 6;
      const std::size_t bits_before = before * 8 % 6;
      for (unsigned byte = 0; byte < 1U << bits_before; ++byte) {
        const std::string whole =
            base64_of(std::string(before, static_cast<char>(byte)).append(telling), url);
        const std::string there = whole.substr(begin, end - begin);
        if (std::find(found.begin(), found.end(), there) == found.end()) found.push_back(there);
      }
    }
  }
  return found;
}

inline bool shows(std::string_view text, const std::vector<std::string>& tell_tales) {
  return std::any_of(tell_tales.begin(), tell_tales.end(), [text](const std::string& tell_tale) {
    return text.find(tell_tale) != std::string_view::npos;
  });
}
inline bool shows(std::string_view text, std::string_view secret) {
  return shows(text, tell_tales(secret));
}

}  // namespace kedge::test
