/* SPDX-License-Identifier: MIT */
/* Listening for the host, and waking it. */
#include "engine/wake.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

int ryx_wake_open(const char *path, int *fd, ryx_err *e)
{
  struct sockaddr_un addr = {.sun_family = AF_UNIX};
  size_t n = strlen(path);
  if (n >= sizeof addr.sun_path)
    return ryx_err_set(e, RYX_E_MISUSE, "the socket's path is too long: %s",
                       path);
  memcpy(addr.sun_path, path, n + 1);
  *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (*fd < 0) goto fail;
  if (bind(*fd, (struct sockaddr *)&addr, sizeof addr) < 0) goto fail;
  /* Nobody can connect before listen; after it, only this user can. */
  if (chmod(path, S_IRUSR | S_IWUSR) < 0) goto fail;
  if (listen(*fd, 1) == 0) return 0;
fail:
  if (*fd >= 0) close(*fd);
  return ryx_err_set(e, RYX_E_OPERATIONAL, "cannot listen on %s", path);
}

void ryx_wake_init(ryx_wake *w)
{
  *w = (ryx_wake){.listen_fd = -1, .fd = -1};
}

static void on_closed(uv_handle_t *h)
{
  ryx_mem_free(h);
}

static void stop_listening(ryx_wake *w)
{
  if (w->listener) {
    uv_poll_stop(w->listener);
    uv_close((uv_handle_t *)w->listener, on_closed);
  }
  w->listener = NULL;
  if (w->listen_fd >= 0) close(w->listen_fd);
  w->listen_fd = -1;
}

void ryx_wake_send(ryx_wake *w)
{
  if (w->fd < 0) return;
  /* A full socket is a host that has not read the earlier bytes: fine. */
  (void)!send(w->fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void on_listener(uv_poll_t *h, int status, int events)
{
  ryx_wake *w = h->data;
  (void)status;
  (void)events;
  int fd = accept(w->listen_fd, NULL, NULL);
  if (fd < 0) return;
  w->fd = fd;
  stop_listening(w);
  ryx_wake_send(w);
}

void ryx_wake_listen(ryx_wake *w, uv_loop_t *uv, int fd)
{
  stop_listening(w);
  w->listen_fd = fd;
  w->listener = ryx_mem_new(sizeof *w->listener);
  if (!w->listener) goto fail;
  if (uv_poll_init(uv, w->listener, fd) < 0) {
    ryx_mem_free(w->listener);
    w->listener = NULL;
    goto fail;
  }
  w->listener->data = w;
  uv_poll_start(w->listener, UV_READABLE, on_listener);
  return;
fail:
  stop_listening(w);
}

void ryx_wake_stop(ryx_wake *w)
{
  stop_listening(w);
  if (w->fd >= 0) close(w->fd);
  w->fd = -1;
}
