#include <kedge/error.hpp>

#include <algorithm>
#include <limits>

namespace kedge {

static_assert(sizeof(Error) == 136, "error.hpp says how large an error is");

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::none:
      return "none";
    case ErrorKind::config:
      return "config";
    case ErrorKind::connection:
      return "connection";
    case ErrorKind::tls:
      return "tls";
    case ErrorKind::authentication:
      return "authentication";
    case ErrorKind::denied:
      return "denied";
    case ErrorKind::timeout:
      return "timeout";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::queue_full:
      return "queue_full";
    case ErrorKind::too_large:
      return "too_large";
    case ErrorKind::protocol:
      return "protocol";
    case ErrorKind::remote:
      return "remote";
    case ErrorKind::closed:
      return "closed";
  }
  return "unknown";
}

std::string_view to_string(Layer layer) noexcept {
  switch (layer) {
    case Layer::none:
      return "none";
    case Layer::system:
      return "system";
    case Layer::resolver:
      return "resolver";
    case Layer::tls:
      return "tls";
    case Layer::http:
      return "http";
    case Layer::websocket:
      return "websocket";
    case Layer::protocol:
      return "protocol";
    case Layer::proxy:
      return "proxy";
  }
  return "unknown";
}

Error::Error(ErrorKind kind, Layer layer, std::int32_t layer_code, std::string_view message) noexcept
    : kind_(kind), layer_(layer), layer_code_(layer_code) {
  append(message);
}

Error& Error::append(std::string_view text) noexcept {
  if (cut_) return *this;
  std::size_t taken = std::min(text.size(), message_max - size_);
  if (taken < text.size()) {
    cut_ = true;
    // Never cut inside a UTF-8 sequence: continuation bytes are 10xxxxxx.
    while (taken > 0 && (static_cast<unsigned char>(text[taken]) & 0xC0U) == 0x80U) --taken;
  }
  std::copy_n(text.data(), taken, text_.data() + size_);
  size_ = static_cast<std::uint8_t>(size_ + taken);
  return *this;
}

Error& Error::append(std::int64_t number) noexcept {
  char digits[20];
  std::size_t first = sizeof digits;
  // Counting down from a negative number, as the most negative one has no positive twin.
  std::int64_t rest = number < 0 ? number : -number;
  do {
    digits[--first] = static_cast<char>('0' - rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (number < 0) digits[--first] = '-';
  return append(std::string_view(digits + first, sizeof digits - first));
}

Error& Error::with_retry_after(std::chrono::seconds wait) noexcept {
  const auto longest = static_cast<std::int64_t>(std::numeric_limits<std::uint32_t>::max());
  retry_after_s_ = static_cast<std::uint32_t>(std::clamp<std::int64_t>(wait.count(), 0, longest));
  return *this;
}

}  // namespace kedge
