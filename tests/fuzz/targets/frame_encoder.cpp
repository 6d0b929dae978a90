// Our frame encoder and masking against wslay: its parser reads our frames, its encoder writes the same
// bytes.
#include "ws/frame.hpp"

#include "../fuzz.hpp"

#include <wslay/wslay.h>

#include <cstring>

using namespace kedge;
using namespace kedge::fuzz;

namespace {

struct Wire {
  std::string bytes;     // for the parser to read, or written by the encoder
  std::size_t read = 0;  // of them
  std::uint32_t key = 0;
};

ssize_t give(std::uint8_t* out, std::size_t size, int, void* user) {
  auto& wire = *static_cast<Wire*>(user);
  const std::size_t count = std::min(size, wire.bytes.size() - wire.read);
  std::memcpy(out, wire.bytes.data() + wire.read, count);
  wire.read += count;
  return static_cast<ssize_t>(count);
}
ssize_t keep(const std::uint8_t* data, std::size_t size, int, void* user) {
  static_cast<Wire*>(user)->bytes.append(reinterpret_cast<const char*>(data), size);
  return static_cast<ssize_t>(size);
}
int same_key(std::uint8_t* out, std::size_t size, void* user) {
  std::memcpy(out, &static_cast<Wire*>(user)->key, size);
  return 0;
}

class Wslay {
 public:
  explicit Wslay(Wire& wire) {
    const wslay_frame_callbacks callbacks{keep, give, same_key};
    PROMISE(wslay_frame_context_init(&context_, &callbacks, &wire) == 0, "memory for wslay");
  }
  Wslay(const Wslay&) = delete;
  Wslay& operator=(const Wslay&) = delete;
  ~Wslay() { wslay_frame_context_free(context_); }
  wslay_frame_context* operator*() const { return context_; }

 private:
  wslay_frame_context* context_ = nullptr;
};

std::string ours(const ws::FrameHeader& header, std::string_view payload, Input& cuts) {
  std::array<std::byte, ws::frame_header_bytes_max> head{};
  const std::size_t size = ws::encode_frame_header(header, head.data());
  PROMISE(size == ws::frame_header_bytes(header.payload_bytes, header.masked),
          "a header has the size that was told");
  std::string wire = std::string(as_text(std::span(head).first(size)));
  // The payload goes out in parts, as a ring's blocks do.
  for (std::size_t at = 0; at < payload.size();) {
    const std::size_t part =
        std::min<std::size_t>(payload.size() - at, cuts.empty() ? payload.size() : 1 + cuts.byte() * 16U);
    const Exact in(payload.substr(at, part));
    std::vector<std::byte> out(part);
    ws::mask_copy(out.data(), in.bytes().data(), part, header.mask_key, at);
    Exact in_place(in.text());
    auto* bytes = reinterpret_cast<std::byte*>(in_place.chars().data());
    ws::mask_copy(bytes, bytes, part, header.mask_key, at);
    PROMISE(as_text(out) == in_place.text(), "masking in place is the same");
    wire += as_text(out);
    at += part;
  }
  return wire;
}

void wslay_reads(const std::string& bytes, const ws::FrameHeader& header, std::string_view payload) {
  Wire wire{bytes, 0, 0};
  const Wslay reader(wire);
  std::string read;
  do {
    wslay_frame_iocb frame{};
    const auto got = wslay_frame_recv(*reader, &frame);
    PROMISE(got >= 0, "wslay reads our frame");
    PROMISE(frame.fin == header.fin && frame.rsv == 0 &&
                frame.opcode == static_cast<unsigned>(header.opcode) && frame.mask == header.masked &&
                frame.payload_length == payload.size(),
            "with the header we wrote");
    read.append(reinterpret_cast<const char*>(frame.data), frame.data_length);
  } while (read.size() < payload.size());
  PROMISE(read == payload && wire.read == wire.bytes.size(), "and the payload, to its last byte");
}

void wslay_writes(const std::string& bytes, const ws::FrameHeader& header, std::string_view payload) {
  Wire wire{{}, 0, header.mask_key};
  const Wslay writer(wire);
  wslay_frame_iocb frame{};
  frame.fin = header.fin;
  frame.opcode = static_cast<std::uint8_t>(header.opcode);
  frame.payload_length = payload.size();
  frame.mask = header.masked;
  std::size_t sent = 0;
  do {
    frame.data = reinterpret_cast<const std::uint8_t*>(payload.data()) + sent;
    frame.data_length = payload.size() - sent;
    const auto count = wslay_frame_send(*writer, &frame);
    PROMISE(count >= 0, "wslay writes the frame");
    sent += static_cast<std::size_t>(count);
  } while (sent < payload.size());
  PROMISE(wire.bytes == bytes, "byte for byte as we do");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t options = input.byte();
  constexpr ws::Opcode opcodes[] = {ws::Opcode::continuation, ws::Opcode::text, ws::Opcode::binary,
                                    ws::Opcode::close,        ws::Opcode::ping, ws::Opcode::pong};
  ws::FrameHeader header;
  header.opcode = opcodes[options % 6U];
  header.masked = (options & 0x40U) != 0;
  const bool control = header.opcode >= ws::Opcode::close;
  header.fin = control || (options & 0x80U) != 0;
  // Around the lengths where the form changes, and few large ones: they take their time.
  const auto chosen = static_cast<std::size_t>(input.number(2));
  const bool large = (options & 0x20U) != 0;
  const std::size_t length = control ? chosen % 126U : large ? 65'000 + chosen % 1100U : chosen % 1400U;
  if (header.masked) header.mask_key = static_cast<std::uint32_t>(input.number(4));
  Input cuts(reinterpret_cast<const std::uint8_t*>(data), size);
  const std::string_view pattern = input.rest();
  std::string payload(length, '\0');
  for (std::size_t i = 0; i < length; ++i) {
    payload[i] = pattern.empty()
                     ? static_cast<char>(i)
                     : static_cast<char>(pattern[i % pattern.size()] + static_cast<char>(i / 251));
  }
  header.payload_bytes = length;
  const std::string bytes = ours(header, payload, cuts);
  wslay_reads(bytes, header, payload);
  wslay_writes(bytes, header, payload);
  return 0;
}
