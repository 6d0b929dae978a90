#include "http_text.hpp"

#include <algorithm>

namespace kedge::ws {

Error& append_visible(Error& error, std::string_view text, char space) noexcept {
  constexpr std::string_view ellipsis = "...";
  const std::size_t room = Error::message_max - error.message().size();
  const bool fits = text.size() <= room;
  for (const char c : fits ? text : text.substr(0, room - std::min(room, ellipsis.size()))) {
    const char shown = c == ' ' ? space : is_visible_ascii(std::string_view(&c, 1)) ? c : '_';
    error.append(std::string_view(&shown, 1));
  }
  return fits ? error : error.append(ellipsis);
}

}  // namespace kedge::ws
