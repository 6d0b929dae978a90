#include "upgrade_text.hpp"

#include <algorithm>

namespace kedge::websocket {

namespace {

constexpr std::string_view headers_member = "websocket::Config::headers";
constexpr std::string_view subprotocols_member = "websocket::Config::subprotocols";

Error wrong(std::string_view member, std::string_view why) noexcept {
  return Error(ErrorKind::config, member).append(": ").append(why);
}

/// Takes the first text off.
std::string_view take(std::string_view& texts) noexcept {
  const std::size_t end = texts.find('\0');
  const std::string_view text = texts.substr(0, end);
  texts.remove_prefix(end + 1);
  return text;
}

}  // namespace

bool UpgradeText::put(std::string_view text) noexcept {
  if (text.size() >= storage_.size() - size_) return false;
  std::copy(text.begin(), text.end(), storage_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += text.size();
  storage_[size_++] = '\0';
  return true;
}

Result<void> UpgradeText::assign(const Config& config) noexcept {
  const auto has_nul = [](std::string_view text) { return text.find('\0') != std::string_view::npos; };
  const auto put_header = [this](std::string_view name, std::string_view value) noexcept {
    ++headers_;
    return put(name) && put(value);
  };
  bool fits = true;
  for (const Header& header : config.headers) {
    if (has_nul(header.name) || has_nul(header.value))
      return wrong(headers_member, "a header has control characters");
    fits = fits && put_header(header.name, header.value);
  }
  if (has_nul(config.user_agent)) return wrong("websocket::Config::user_agent", "it has control characters");
  if (!config.user_agent.empty()) fits = fits && put_header("User-Agent", config.user_agent);
  for (const std::string_view name : config.subprotocols) {
    if (has_nul(name)) return wrong(subprotocols_member, "a subprotocol's name is not a token");
    fits = fits && put(name);
    ++subprotocols_;
  }
  if (!fits) return wrong(headers_member, "with the subprotocols they are larger than upgrade_bytes_max / 2");
  return {};
}

Result<void> UpgradeText::add_to(UpgradeExtras& extras) const noexcept {
  std::string_view texts(storage_.data(), size_);
  for (std::size_t i = 0; i < headers_; ++i) {
    const std::string_view name = take(texts);
    const std::string_view value = take(texts);
    if (auto added = extras.add_header(name, value); !added)
      return wrong(headers_member, added.error().message());
  }
  for (std::size_t i = 0; i < subprotocols_; ++i) {
    if (auto added = extras.add_subprotocol(take(texts)); !added)
      return wrong(subprotocols_member, added.error().message());
  }
  return {};
}

}  // namespace kedge::websocket
