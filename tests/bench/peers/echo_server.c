// The echo server that every client talks to: one connection at a time, busy-polling, so that it is faster
// than any client and what is measured is the client. usage: echo_server PORT [CERTIFICATE KEY], with which
// it speaks TLS 1.2 (ECDHE, AES-128-GCM); ends by itself after ten minutes without a connection.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN_BYTES = 1 << 20, OUT_BYTES = 4 << 20 };
enum { OPCODE_CLOSE = 8, OPCODE_PING = 9, OPCODE_PONG = 10 };

struct buffer {
  unsigned char* bytes;
  size_t begin, end;
};

static struct buffer in, out;
static int closing;  // a close frame was answered: nothing more is read
static SSL* tls;     // of the connection; none: plain TCP

enum { NOTHING_NOW = -1, ENDED = -2 };

// What TLS gives for a call that moved nothing.
static ssize_t tls_result(int result) {
  const int why = SSL_get_error(tls, result);
  return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? NOTHING_NOW : ENDED;
}

// Bytes that are there; NOTHING_NOW or ENDED. Of TLS all records that are, so that answers go out together.
static ssize_t take_bytes(int fd, unsigned char* to, size_t room) {
  if (tls == NULL) {
    const ssize_t got = recv(fd, to, room, MSG_DONTWAIT);
    return got > 0 ? got : got < 0 && errno == EAGAIN ? NOTHING_NOW : ENDED;
  }
  size_t got = 0;
  while (got < room) {
    const int result = SSL_read(tls, to + got, (int)(room - got));
    if (result <= 0) return got > 0 ? (ssize_t)got : tls_result(result);
    got += (size_t)result;
  }
  return (ssize_t)got;
}

static ssize_t give_bytes(int fd, const unsigned char* from, size_t size) {
  if (tls == NULL) {
    const ssize_t sent = send(fd, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent >= 0 ? sent : errno == EAGAIN ? NOTHING_NOW : ENDED;
  }
  const int result = SSL_write(tls, from, (int)size);
  return result > 0 ? result : tls_result(result);
}

// Certificate and key as files of PEM. Null when they cannot be used.
static SSL_CTX* tls_context(const char* certificate, const char* key) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);  // what each of the clients speaks
  SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256");
  SSL_CTX_set_read_ahead(context, 1);
  const int good = SSL_CTX_use_certificate_file(context, certificate, SSL_FILETYPE_PEM) == 1 &&
                   SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1;
  return good ? context : NULL;
}

// Blocking: it is not measured.
static int tls_accepted(int fd) {
  for (;;) {
    const int result = SSL_accept(tls);
    if (result == 1) return 1;
    if (tls_result(result) == ENDED) return 0;
    struct pollfd waiting = {fd, POLLIN, 0};
    if (poll(&waiting, 1, 5000) <= 0) return 0;
  }
}

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// Answers the upgrade request. 1 when it did, 0 when more is needed, -1 when it is none.
static int upgrade(void) {
  unsigned char* end = memmem(in.bytes, in.end, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  *end = 0;
  const char* key = strcasestr((char*)in.bytes, "sec-websocket-key:");
  if (key == NULL) return -1;
  key += strlen("sec-websocket-key:");
  key += strspn(key, " ");
  char text[128];
  snprintf(text, sizeof text, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", (int)strcspn(key, "\r "), key);
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1((unsigned char*)text, strlen(text), digest);
  char accept[64];
  EVP_EncodeBlock((unsigned char*)accept, digest, sizeof digest);
  out.end = (size_t)sprintf((char*)out.bytes,
                            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                            "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                            accept);
  in.begin = (size_t)(end + 4 - in.bytes);
  return 1;
}

static void unmask(unsigned char* to, const unsigned char* from, size_t size, const unsigned char* key) {
  uint32_t half;
  memcpy(&half, key, 4);
  const uint64_t mask = (uint64_t)half << 32 | half;
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t word;
    memcpy(&word, from + i, 8);
    word ^= mask;
    memcpy(to + i, &word, 8);
  }
  for (; i < size; i++) to[i] = from[i] ^ key[i & 3];
}

// Turns the whole frames in `in` into their echoes in `out`. False when the client breaks the rules.
static int echo_frames(void) {
  while (!closing) {
    unsigned char* frame = in.bytes + in.begin;
    const size_t here = in.end - in.begin;
    if (here < 6) break;
    if ((frame[1] & 0x80) == 0) return 0;
    size_t size = frame[1] & 0x7F, header = 2;
    if (size == 126) {
      header = 4;
      size = (size_t)frame[2] << 8 | frame[3];
    } else if (size == 127) {
      return 0;  // no client here sends such frames
    }
    if (here < header + 4 + size || OUT_BYTES - out.end < size + 16) break;
    in.begin += header + 4 + size;
    const int opcode = frame[0] & 0x0F;
    if (opcode == OPCODE_PONG) continue;
    unsigned char* echo = out.bytes + out.end;
    echo[0] = opcode == OPCODE_PING ? (unsigned char)((frame[0] & 0xF0) | OPCODE_PONG) : frame[0];
    echo[1] = frame[1] & 0x7F;
    memcpy(echo + 2, frame + 2, header - 2);
    unmask(echo + header, frame + header + 4, size, frame + header);
    out.end += header + size;
    closing = opcode == OPCODE_CLOSE;
  }
  if (in.begin == in.end) {
    in.begin = in.end = 0;
  } else if (in.begin > IN_BYTES / 2) {
    memmove(in.bytes, in.bytes + in.begin, in.end - in.begin);
    in.end -= in.begin;
    in.begin = 0;
  }
  return 1;
}

// One connection, until it ends.
static void serve(int fd) {
  int upgraded = 0;
  unsigned turns = 0;
  long busy_at = now_ms();
  in.begin = in.end = out.begin = out.end = 0;
  closing = 0;
  for (;;) {
    if (in.end < IN_BYTES && out.end < OUT_BYTES / 2 && !closing) {
      // Polls without waiting; only a client that has been silent for long lets it sleep.
      const int idle = (++turns & 0xFFF) == 0 && out.begin == out.end && now_ms() - busy_at > 200;
      struct pollfd readable = {fd, POLLIN, 0};
      const int held = tls != NULL && SSL_has_pending(tls);
      const int ready = held || poll(&readable, 1, idle ? 1000 : 0) > 0;
      if (idle && !ready && now_ms() - busy_at > 120000) return;
      const ssize_t got = ready ? take_bytes(fd, in.bytes + in.end, IN_BYTES - in.end) : NOTHING_NOW;
      if (got == ENDED) return;
      if (got > 0) {
        in.end += (size_t)got;
        if ((turns & 0x3F) == 0) busy_at = now_ms();
        if (!upgraded && (upgraded = upgrade()) < 0) return;
        if (upgraded && !echo_frames()) return;
      }
    }
    if (out.begin < out.end) {
      const ssize_t sent = give_bytes(fd, out.bytes + out.begin, out.end - out.begin);
      if (sent == ENDED) return;
      if (sent > 0) out.begin += (size_t)sent;
      if (out.begin == out.end) {
        out.begin = out.end = 0;
        if (closing || (upgraded && !echo_frames())) return;
      }
    }
  }
}

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) return 2;
  SSL_CTX* context = argc == 4 ? tls_context(argv[2], argv[3]) : NULL;
  if (argc == 4 && context == NULL) {
    fprintf(stderr, "echo_server: the certificate or its key cannot be used\n");
    return 1;
  }
  signal(SIGPIPE, SIG_IGN);
  in.bytes = calloc(1, IN_BYTES + 64);
  out.bytes = calloc(1, OUT_BYTES + 64);
  const int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(argv[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (void*)&address, sizeof address) != 0 || listen(listener, 16) != 0) {
    perror("echo_server");
    return 1;
  }
  for (;;) {
    struct pollfd waiting = {listener, POLLIN, 0};
    if (poll(&waiting, 1, 600000) <= 0) return 0;
    const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) continue;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (context != NULL) {
      tls = SSL_new(context);
      SSL_set_fd(tls, fd);
    }
    if (tls == NULL || tls_accepted(fd)) serve(fd);
    SSL_free(tls);
    tls = NULL;
    close(fd);
  }
}
