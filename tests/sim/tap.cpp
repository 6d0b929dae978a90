#include "tap.hpp"

#include <vector>

namespace kedge::rig {

namespace {

constexpr std::uint8_t close_frame = 8;
constexpr std::uint16_t no_code = 1005;  // what a close frame without a code counts as

std::uint16_t code_of(const Frame& close) {
  if (close.payload.size() < 2) return no_code;
  const auto byte = [&](std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(close.payload[at]));
  };
  return static_cast<std::uint16_t>(byte(0) << 8U | byte(1));
}

}  // namespace

Stream& TapStream::attach(Stream& below) {
  below_ = &below;
  written_ = {};
  read_ = {};
  accepted_ = offered_ = 0;
  said_close_ = false;
  watcher_.on_line();
  return *this;
}

IoResult TapStream::read(std::span<std::byte> into) noexcept {
  const IoResult result = below_->read(into);
  if (result.status != IoStatus::ok) return result;
  read_.feed(into.first(result.bytes));
  watcher_.on_heard(result.bytes);
  if (const auto head = read_.head()) {
    stages_.on_answered(*head);
    if (head->starts_with("HTTP/1.1 101")) watcher_.on_upgraded();
  }
  while (const auto frame = read_.next()) {
    if (frame->opcode == close_frame && !said_close_) stages_.on_goodbye(code_of(*frame));
    watcher_.on_frame(*frame);
  }
  return result;
}

// What follows the bytes that were offered before is new. The session fills its buffer only when all of it
// was accepted, so that one offer is one filling.
void TapStream::offer(std::span<const std::byte> bytes) {
  const std::uint64_t known = offered_ - accepted_;
  if (bytes.size() <= known) return;
  if (offered_ == 0) stages_.on_upgrading();
  const auto fresh = bytes.subspan(static_cast<std::size_t>(known));
  offered_ += fresh.size();
  written_.feed(fresh);
  (void)written_.head();
  std::vector<Frame> frames;
  while (auto frame = written_.next()) {
    if (!frame->masked) watcher_.on_breach("a client masks every frame", "a frame without a mask");
    said_close_ = said_close_ || frame->opcode == close_frame;
    frames.push_back(std::move(*frame));
  }
  if (written_.broken() != nullptr) watcher_.on_breach("frames are well formed", written_.broken());
  watcher_.on_offered(frames);
}

IoResult TapStream::write(std::span<const std::byte> from) noexcept {
  offer(from);
  const IoResult result = below_->write(from);
  if (result.status == IoStatus::ok) accepted_ += result.bytes;
  watcher_.on_accepted(accepted_, accepted_ == offered_);
  return result;
}

void TapStream::close() noexcept {
  watcher_.on_line_closed();
  below_->close();
}

Result<Stream*> TapPort::connect(const Address& address, StreamEvents& events) noexcept {
  stages_.on_connecting();
  auto stream = port_.connect(address, events);
  if (!stream || !tapped_) return stream;
  return &stream_.attach(**stream);
}

Result<Stream*> TapTls::start(Stream& below, StreamEvents& events, std::string_view host,
                              std::uint16_t tcp_port, Port& port) noexcept {
  stages_.on_securing();
  auto stream = layer_.start(below, events, host, tcp_port, port);
  if (!stream) return stream;
  return &stream_.attach(**stream);
}

}  // namespace kedge::rig
