/* In wslay's place, which Debian has for no bare metal: allocates its one context as wslay does, and reads no
 * frame. Its own reader takes some 700 bytes more. */
#include <stdlib.h>

#include <wslay/wslay.h>

/* 4 KiB to read into, and what it knows of a frame. */
struct wslay_frame_context {
  struct wslay_frame_callbacks callbacks;
  void* user_data;
  uint8_t rest[4200];
};

int wslay_frame_context_init(wslay_frame_context_ptr* context, const struct wslay_frame_callbacks* callbacks,
                             void* user_data) {
  *context = malloc(sizeof **context);
  if (*context == NULL) return -1;
  (*context)->callbacks = *callbacks;
  (*context)->user_data = user_data;
  return 0;
}

void wslay_frame_context_free(wslay_frame_context_ptr context) {
  free(context);
}

ssize_t wslay_frame_recv(wslay_frame_context_ptr context, struct wslay_frame_iocb* frame) {
  (void)frame;
  return context->callbacks.recv_callback(context->rest, sizeof context->rest, 0, context->user_data) > 0
             ? WSLAY_ERR_PROTO
             : WSLAY_ERR_WANT_READ;
}
