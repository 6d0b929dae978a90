// The floor: libuv moving the same bytes with no WebSocket at all. It sends a frame made once and counts the
// bytes that come back, so that no client on libuv can be cheaper. With TLS mbedTLS encrypts them, as many
// messages to a record as there are, and decrypts what comes: no client on both can be cheaper.
#include "../bench.h"

#include <arpa/inet.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <uv.h>

enum { FRAMES = 64, READ_BYTES = 65536, RECORD_BYTES = 16384, RECORDS_BYTES = 2 * 1024 * 1024 };

static uv_tcp_t tcp;
static uv_write_t rest_request;
static unsigned char *frames, *rest;  // FRAMES copies of one masked frame; what a write did not take
static size_t frame_out, frame_in;    // bytes of one, to the server and back
static size_t to_send, received;
static int writing;

// With TLS: what is encrypted and not written, and what was read and not decrypted.
static mbedtls_ssl_context tls;
static unsigned char records[RECORDS_BYTES];
static size_t records_size;
static const unsigned char* read_bytes;
static size_t read_size;

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
  rest = malloc(B.tls ? sizeof records : frame_out * FRAMES);
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

static int put_record(void* context, const unsigned char* bytes, size_t size) {
  (void)context;
  if (size > sizeof records - records_size) return MBEDTLS_ERR_SSL_WANT_WRITE;
  memcpy(records + records_size, bytes, size);
  records_size += size;
  return (int)size;
}

static int get_record(void* context, unsigned char* bytes, size_t size) {
  (void)context;
  if (read_size == 0) return MBEDTLS_ERR_SSL_WANT_READ;
  if (size > read_size) size = read_size;
  memcpy(bytes, read_bytes, size);
  read_bytes += size;
  read_size -= size;
  return (int)size;
}

static int send_now(void* context, const unsigned char* bytes, size_t size) {
  return (int)send(*(int*)context, bytes, size, MSG_NOSIGNAL);
}

static int receive_now(void* context, unsigned char* bytes, size_t size) {
  return (int)recv(*(int*)context, bytes, size, 0);
}

// The handshake, blocking. Any certificate will do.
static void open_tls(int fd) {
  static mbedtls_ssl_config configuration;
  static mbedtls_entropy_context entropy;
  static mbedtls_ctr_drbg_context random;
  mbedtls_ssl_init(&tls);
  mbedtls_ssl_config_init(&configuration);
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&random);
  if (mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0) != 0) die("random");
  mbedtls_ssl_config_defaults(&configuration, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                              MBEDTLS_SSL_PRESET_DEFAULT);
  mbedtls_ssl_conf_authmode(&configuration, MBEDTLS_SSL_VERIFY_NONE);
  mbedtls_ssl_conf_rng(&configuration, mbedtls_ctr_drbg_random, &random);
  if (mbedtls_ssl_setup(&tls, &configuration) != 0) die("TLS");
  mbedtls_ssl_set_bio(&tls, (void*)&fd, send_now, receive_now, NULL);
  if (mbedtls_ssl_handshake(&tls) != 0) die("handshake");
}

static void flush_frames(void);

static void on_written(uv_write_t* request, int status) {
  (void)request;
  if (status < 0) die("write");
  writing = 0;
  flush_frames();
}

// As many of the bytes as the kernel takes at once; what it does not take is copied and left to libuv.
static void put_bytes(const unsigned char* bytes, size_t size) {
  uv_buf_t all = uv_buf_init((char*)bytes, (unsigned)size);
  int taken = uv_try_write((uv_stream_t*)&tcp, &all, 1);
  if (taken == UV_EAGAIN) taken = 0;
  if (taken < 0) die("write");
  if ((size_t)taken == size) return;
  memcpy(rest, bytes + taken, size - (size_t)taken);
  uv_buf_t left = uv_buf_init((char*)rest, (unsigned)(size - (size_t)taken));
  writing = 1;
  uv_write(&rest_request, (uv_stream_t*)&tcp, &left, 1, on_written);
}

static void flush_records(void) {
  static size_t begun;  // bytes of a frame that the last record ended in
  while (to_send > 0) {
    size_t size = to_send < frame_out * FRAMES - begun ? to_send : frame_out * FRAMES - begun;
    if (size > RECORD_BYTES) size = RECORD_BYTES;
    const int taken = mbedtls_ssl_write(&tls, frames + begun, size);
    if (taken == MBEDTLS_ERR_SSL_WANT_WRITE) break;
    if (taken <= 0) die("mbedtls_ssl_write");
    to_send -= (size_t)taken;
    begun = (begun + (size_t)taken) % frame_out;
  }
  if (records_size > 0 && !writing) {
    put_bytes(records, records_size);
    records_size = 0;
  }
}

static void flush_frames(void) {
  if (B.tls) {
    flush_records();
    return;
  }
  while (to_send > 0 && !writing) {
    const size_t size = to_send > frame_out * FRAMES ? frame_out * FRAMES : to_send;
    to_send -= size;
    put_bytes(frames, size);
  }
}

static void give_buffer(uv_handle_t* handle, size_t size, uv_buf_t* buffer) {
  (void)handle, (void)size;
  static char bytes[READ_BYTES];
  *buffer = uv_buf_init(bytes, sizeof bytes);
}

static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  if (size < 0) die("read");
  if (B.tls) {
    static unsigned char plain[RECORD_BYTES];
    int taken;
    read_bytes = (const unsigned char*)buffer->base;
    read_size = (size_t)size;
    while ((taken = mbedtls_ssl_read(&tls, plain, sizeof plain)) > 0) received += (size_t)taken;
    if (taken != MBEDTLS_ERR_SSL_WANT_READ) die("mbedtls_ssl_read");
  } else {
    received += (size_t)size;
  }
  while (received >= frame_in && !B.done) {
    received -= frame_in;
    if (bench_on_msg(NULL, B.size)) to_send += frame_out;
  }
  flush_frames();
  if (B.done) uv_stop(stream->loop);
}

static int write_now(int fd, const char* bytes, size_t size) {
  return B.tls ? mbedtls_ssl_write(&tls, (const unsigned char*)bytes, size) : (int)write(fd, bytes, size);
}

static int read_now(int fd, char* bytes, size_t size) {
  return B.tls ? mbedtls_ssl_read(&tls, (unsigned char*)bytes, size) : (int)read(fd, bytes, size);
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
  if (B.tls) open_tls(fd);
  if (write_now(fd, request, sizeof request - 1) != (int)(sizeof request - 1)) die("request");
  char response[1024];
  size_t size = 0;
  while (size < 4 || memcmp(response + size - 4, "\r\n\r\n", 4) != 0) {
    if (size == sizeof response || read_now(fd, response + size, 1) != 1) die("response");
    size++;
  }
  if (memcmp(response + 9, "101", 3) != 0) die("not 101");
  if (B.tls) mbedtls_ssl_set_bio(&tls, NULL, put_record, get_record, NULL);
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
