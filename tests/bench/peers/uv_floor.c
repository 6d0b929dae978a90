// The floor: libuv moving the same bytes with no WebSocket at all. It sends a frame made once and counts the
// bytes that come back, so that no client on libuv can be cheaper.
#include "../bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <uv.h>

enum { FRAMES = 64, READ_BYTES = 65536 };

static uv_tcp_t tcp;
static uv_write_t rest_request;
static unsigned char *frames, *rest;  // FRAMES copies of one masked frame; what a write did not take
static size_t frame_out, frame_in;    // bytes of one, to the server and back
static size_t to_send, received;
static int writing;

static void die(const char* what) {
  fprintf(stderr, "uv_floor: %s\n", what);
  exit(4);
}

static void make_frames(void) {
  static const unsigned char key[4] = {0x11, 0x22, 0x33, 0x44};
  const size_t header = B.size < 126 ? 2 : 4;
  frame_out = header + 4 + B.size;
  frame_in = header + B.size;
  frames = malloc(frame_out * FRAMES);
  rest = malloc(frame_out * FRAMES);
  for (int k = 0; k < FRAMES; k++) {
    unsigned char* p = frames + (size_t)k * frame_out;
    p[0] = 0x80 | (B.bin ? 2 : 1);
    p[1] = header == 2 ? 0x80 | (unsigned char)B.size : 0x80 | 126;
    if (header == 4) {
      p[2] = (unsigned char)(B.size >> 8);
      p[3] = (unsigned char)B.size;
    }
    memcpy(p + header, key, 4);
    for (size_t i = 0; i < B.size; i++) p[header + 4 + i] = B.payload[i] ^ key[i & 3];
  }
}

static void flush_frames(void);

static void on_written(uv_write_t* request, int status) {
  (void)request;
  if (status < 0) die("write");
  writing = 0;
  flush_frames();
}

// As much as the kernel takes at once; what it does not take is copied and left to libuv.
static void flush_frames(void) {
  while (to_send > 0 && !writing) {
    const size_t size = to_send > frame_out * FRAMES ? frame_out * FRAMES : to_send;
    uv_buf_t all = uv_buf_init((char*)frames, (unsigned)size);
    int taken = uv_try_write((uv_stream_t*)&tcp, &all, 1);
    if (taken == UV_EAGAIN) taken = 0;
    if (taken < 0) die("write");
    to_send -= size;
    if ((size_t)taken == size) continue;
    memcpy(rest, frames + taken, size - (size_t)taken);
    uv_buf_t left = uv_buf_init((char*)rest, (unsigned)(size - (size_t)taken));
    writing = 1;
    uv_write(&rest_request, (uv_stream_t*)&tcp, &left, 1, on_written);
  }
}

static void give_buffer(uv_handle_t* handle, size_t size, uv_buf_t* buffer) {
  (void)handle, (void)size;
  static char bytes[READ_BYTES];
  *buffer = uv_buf_init(bytes, sizeof bytes);
}

static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  (void)buffer;
  if (size < 0) die("read");
  received += (size_t)size;
  while (received >= frame_in && !B.done) {
    received -= frame_in;
    if (bench_on_msg(NULL, B.size)) to_send += frame_out;
  }
  flush_frames();
  if (B.done) uv_stop(stream->loop);
}

// Connects and upgrades, blocking: neither is measured.
static int open_line(void) {
  static const char request[] =
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)B.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  if (connect(fd, (struct sockaddr*)&address, sizeof address) != 0) die("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (write(fd, request, sizeof request - 1) != (ssize_t)(sizeof request - 1)) die("request");
  char response[1024];
  size_t size = 0;
  while (size < 4 || memcmp(response + size - 4, "\r\n\r\n", 4) != 0) {
    if (size == sizeof response || read(fd, response + size, 1) != 1) die("response");
    size++;
  }
  if (memcmp(response + 9, "101", 3) != 0) die("not 101");
  return fd;
}

int main(int argc, char** argv) {
  bench_init(argc, argv);
  make_frames();
  bench_pre_connect();
  uv_loop_t* loop = uv_default_loop();
  uv_tcp_init(loop, &tcp);
  if (uv_tcp_open(&tcp, open_line()) != 0) die("open");
  uv_read_start((uv_stream_t*)&tcp, give_buffer, on_read);
  to_send = frame_out * (size_t)bench_ready();
  flush_frames();
  uv_run(loop, UV_RUN_DEFAULT);
  return 0;
}
