#include "http_text.hpp"

#include <algorithm>

namespace kedge::ws {

Error& append_visible(Error& error, std::string_view text) noexcept {
  constexpr std::string_view ellipsis = "...";
  const std::size_t room = Error::message_max - error.message().size();
  const bool fits = text.size() <= room;
  for (const char c : fits ? text : text.substr(0, room - std::min(room, ellipsis.size()))) {
    const std::string_view character(&c, 1);
    error.append(is_visible_ascii(character) ? character : "_");
  }
  return fits ? error : error.append(ellipsis);
}

}  // namespace kedge::ws
