// libwebsockets: one lws_write for each WRITEABLE callback, as its documentation asks for.
#include "../bench.h"

#include <libwebsockets.h>

enum { MESSAGE_MAX = 16384 };

static int pending;
static unsigned char outgoing[LWS_PRE + MESSAGE_MAX];
static unsigned char joined[MESSAGE_MAX];  // a message that came in pieces
static size_t joined_size;

static void on_piece(struct lws* wsi, const unsigned char* piece, size_t size) {
  const int last = lws_remaining_packet_payload(wsi) == 0 && lws_is_final_fragment(wsi);
  if (joined_size > 0 || !last) {
    memcpy(joined + joined_size, piece, size);
    joined_size += size;
    if (!last) return;
    piece = joined;
    size = joined_size;
    joined_size = 0;
  }
  if (!B.done && bench_on_msg(piece, size)) {
    pending++;
    lws_callback_on_writable(wsi);
  }
  if (B.done) lws_cancel_service(lws_get_context(wsi));
}

static void send_one(struct lws* wsi) {
  if (pending == 0) return;
  memcpy(outgoing + LWS_PRE, B.payload, B.size);
  if (lws_write(wsi, outgoing + LWS_PRE, B.size, B.bin ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < (int)B.size) {
    fprintf(stderr, "lws: write\n");
    exit(4);
  }
  if (--pending > 0) lws_callback_on_writable(wsi);
}

static int on_event(struct lws* wsi, enum lws_callback_reasons reason, void* user, void* in, size_t size) {
  (void)user;
  switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
      pending = bench_ready();
      lws_callback_on_writable(wsi);
      break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
      on_piece(wsi, in, size);
      break;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
      send_one(wsi);
      break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED:
      if (B.done) break;
      fprintf(stderr, "lws: the connection is lost\n");
      exit(4);
    default:
      break;
  }
  return 0;
}

static const struct lws_protocols protocols[] = {{"echo", on_event, 0, MESSAGE_MAX, 0, NULL, 0},
                                                 {NULL, NULL, 0, 0, 0, NULL, 0}};

int main(int argc, char** argv) {
  bench_init(argc, argv);
  lws_set_log_level(LLL_ERR, NULL);
  struct lws_context_creation_info info;
  memset(&info, 0, sizeof info);
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.protocols = protocols;
  info.gid = (gid_t)-1;
  info.uid = (uid_t)-1;
  info.fd_limit_per_thread = 8;
  info.options = LWS_SERVER_OPTION_DISABLE_IPV6;
  if (B.tls) info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
  if (B.size > 4096) info.pt_serv_buf_size = 65536;
  struct lws_context* context = lws_create_context(&info);
  if (context == NULL) return 4;
  bench_pre_connect();
  struct lws_client_connect_info target;
  memset(&target, 0, sizeof target);
  target.context = context;
  target.address = target.host = target.origin = "127.0.0.1";
  target.port = B.port;
  target.path = "/";
  target.local_protocol_name = "echo";
  if (B.tls)
    target.ssl_connection = LCCSCF_USE_SSL | LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
  if (lws_client_connect_via_info(&target) == NULL) return 4;
  while (!B.done && lws_service(context, 0) >= 0) {
  }
  return 0;
}
