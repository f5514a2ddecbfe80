/* SPDX-License-Identifier: MIT */
/* A TCP proxy that misbehaves on command:
 *
 *   fault_proxy LISTEN HOST PORT      forwards to a TCP server
 *   fault_proxy LISTEN PATH           ... to a unix socket
 *
 * LISTEN is the address and port to listen on, 127.0.0.1:0 for a free one. It
 * says "PORT PID". Then it reads commands, one a line, and answers each with
 * one line once it is in force. It ends by "quit", or with its standard input.
 * "up" is client to server, "down" server to client.
 *
 *   pass                   forwards as it should again; the listener is open
 *   refuse                 closes the listener: new connections are refused
 *   deaf                   keeps the listener, accepts nobody: connections are
 *                          made by the kernel, and nobody speaks
 *   full                   the same with the kernel's queue full: who connects
 *                          hears nothing at all, as from a host that is gone
 *   stall                  reads and forwards nothing, keeps connections
 *   cut | rst              ends every connection: in order, or by a reset
 *   half                   ends the server's side of every connection, the
 *                          client's stays open without a word
 *   after up|down N cut|rst|stall
 *                          each connection after N more bytes that way
 *   on TEXT cut|rst|stall|swallow|lose
 *                          once, when TEXT passes up: cut before it is sent
 *                          (cut, rst); sent, then stalled (stall); sent, its
 *                          connection's replies thrown away (swallow), or that
 *                          and cut when the first of them is here (lose)
 *   next ...               the same for whatever passes up next
 *   slice N                writes of at most N bytes; 0: as they come
 *   delay MS               everything arrives that much later
 *   rate N                 N bytes a second each way; 0: any
 *   corrupt N              flips the bits of byte N from here on down, once
 *   count                  says "ACCEPTED LIVE": connections so far, and now */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNS = 600, ROOM = 65536, LINE_MAX_ = 512 };
enum { UP, DOWN };
typedef enum { NOTHING, CUT, RST, STALL, SWALLOW, LOSE } fault;

/* One direction of a connection: what was read and not yet written. */
typedef struct way {
  char data[ROOM];
  size_t from, n;
  int64_t due_ms;   /* not written before */
  int64_t left;     /* bytes until `then`; < 0: no such trigger */
  int64_t paid_us;  /* rate: the next write is allowed from here on */
  bool is_finished; /* the reader's side said it sends no more */
} way;

typedef struct conn {
  int fd[2]; /* the client's, the server's */
  way ways[2];
  fault then; /* of `left` */
  bool is_stalled, is_swallowed, is_lost, is_half;
} conn;

static struct {
  conn *conns[MAX_CONNS];
  int n_conns, listener, port;
  int64_t accepted;
  struct in_addr address;
  struct sockaddr_storage target;
  socklen_t target_len;
  bool is_deaf, is_stalled;
  size_t slice;
  int64_t delay_ms, rate;
  int64_t after[2], corrupt; /* < 0: none */
  fault then, on;
  char pattern[LINE_MAX_];
} P = {.listener = -1, .after = {-1, -1}, .corrupt = -1};

static int64_t now_us(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void set_up(int fd)
{
  int on = 1;
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static bool open_listener(void)
{
  struct sockaddr_in a = {.sin_family = AF_INET,
                          .sin_port = htons((uint16_t)P.port),
                          .sin_addr = P.address};
  socklen_t n = sizeof a;
  int on = 1;

  if (P.listener >= 0) return true;
  P.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(P.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(P.listener, (struct sockaddr *)&a, n) < 0 ||
      listen(P.listener, 512) < 0)
    return false;
  fcntl(P.listener, F_SETFL, O_NONBLOCK);
  getsockname(P.listener, (struct sockaddr *)&a, &n);
  P.port = ntohs(a.sin_port);
  return true;
}

/* A queue of one, and more connections than that wait in it. */
static void fill_queue(void)
{
  struct sockaddr_in a = {.sin_family = AF_INET,
                          .sin_port = htons((uint16_t)P.port),
                          .sin_addr = P.address};

  P.is_deaf = true;
  listen(P.listener, 0);
  for (int i = 0; i < 4; i++) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0) continue;
  }
}

static void close_listener(void)
{
  if (P.listener >= 0) close(P.listener);
  P.listener = -1;
}

static void end_fd(int *fd, bool by_reset)
{
  struct linger l = {.l_onoff = 1, .l_linger = 0};
  if (*fd < 0) return;
  if (by_reset) setsockopt(*fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
  close(*fd);
  *fd = -1;
}

static void end_conn(conn *c, bool by_reset)
{
  end_fd(&c->fd[0], by_reset);
  end_fd(&c->fd[1], by_reset);
}

static void accept_one(void)
{
  int fd = accept4(P.listener, NULL, NULL, SOCK_CLOEXEC);
  conn *c;

  if (fd < 0) return;
  c = P.n_conns < MAX_CONNS ? calloc(1, sizeof *c) : NULL;
  if (!c) {
    close(fd);
    return;
  }
  c->fd[0] = fd;
  c->fd[1] = socket(P.target.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  c->then = P.then;
  c->ways[UP].left = P.after[UP];
  c->ways[DOWN].left = P.after[DOWN];
  P.conns[P.n_conns++] = c;
  P.accepted++;
  if (connect(c->fd[1], (struct sockaddr *)&P.target, P.target_len) < 0) {
    end_conn(c, false);
    return;
  }
  set_up(fd);
  set_up(c->fd[1]);
}

static void act(conn *c, fault f)
{
  switch (f) {
    case NOTHING: return;
    case CUT: end_conn(c, false); return;
    case RST: end_conn(c, true); return;
    case STALL: c->is_stalled = true; return;
    case SWALLOW: c->is_swallowed = true; return;
    case LOSE: c->is_swallowed = c->is_lost = true; return;
  }
}

/* What was just read up: does it hold what the next fault waits for? */
static bool triggers(const way *w)
{
  return P.on != NOTHING &&
         memmem(w->data + w->from, w->n, P.pattern, strlen(P.pattern)) != NULL;
}

static void corrupt(way *w)
{
  if (P.corrupt < 0) return;
  if (P.corrupt < (int64_t)w->n) w->data[w->from + (size_t)P.corrupt] ^= 0x7f;
  P.corrupt -= (int64_t)w->n;
}

static void read_way(conn *c, int dir)
{
  way *w = &c->ways[dir];
  ssize_t n = read(c->fd[dir], w->data, ROOM);

  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    w->is_finished = true;
    return;
  }
  w->from = 0;
  w->n = (size_t)n;
  w->due_ms = P.delay_ms ? now_us() / 1000 + P.delay_ms : 0;
  if (dir == DOWN && c->is_swallowed) {
    w->n = 0;
    if (c->is_lost) end_conn(c, true);
    return;
  }
  if (dir == DOWN) corrupt(w);
  if (dir == UP && triggers(w)) {
    fault f = P.on;
    P.on = NOTHING;
    if (f == STALL) {
      /* Sent first: the server has it, the client hears nothing. */
      if (write(c->fd[1], w->data, w->n) < 0) end_conn(c, false);
      w->n = 0;
    }
    act(c, f);
  }
}

/* How many bytes may be written now; 0: later. */
static size_t allowed(const conn *c, const way *w)
{
  size_t n = w->n;
  int64_t now = now_us();

  if (w->due_ms > now / 1000 || (P.rate && w->paid_us > now)) return 0;
  if (P.slice && n > P.slice) n = P.slice;
  /* Ten milliseconds' worth at a time. */
  if (P.rate && (int64_t)n > P.rate / 100) n = (size_t)(P.rate / 100) + 1;
  if (w->left >= 0 && c->then != NOTHING && (int64_t)n > w->left)
    n = (size_t)w->left;
  return n;
}

/* A turn that comes late is made up for, a pause is not. */
static void pay(way *w, ssize_t bytes)
{
  int64_t now = now_us();
  if (w->paid_us < now - 20000) w->paid_us = now - 20000;
  w->paid_us += bytes * INT64_C(1000000) / P.rate;
}

static void write_way(conn *c, int dir)
{
  way *w = &c->ways[dir];
  size_t n = allowed(c, w);
  ssize_t done = n ? write(c->fd[!dir], w->data + w->from, n) : 0;

  if (done < 0) {
    if (errno != EAGAIN && errno != EINTR) end_conn(c, false);
    return;
  }
  w->from += (size_t)done;
  w->n -= (size_t)done;
  if (P.rate) pay(w, done);
  if (w->left < 0 || c->then == NOTHING) return;
  w->left -= done;
  if (w->left == 0) {
    fault f = c->then;
    c->then = NOTHING;
    act(c, f);
  }
}

/* When everything of one side arrived, its end does as well. */
static void pass_end(conn *c, int dir)
{
  way *w = &c->ways[dir];
  if (!w->is_finished || w->n || c->is_half) return;
  if (c->ways[!dir].is_finished || dir == DOWN)
    end_conn(c, false);
  else
    shutdown(c->fd[!dir], SHUT_WR);
}

static bool is_quiet(const conn *c)
{
  return P.is_stalled || c->is_stalled || c->is_half || c->fd[0] < 0;
}

/* The events a connection waits for; both descriptors in p. Returns how long
 * (ms) until held bytes may go, -1: no such time. */
static int ask(const conn *c, struct pollfd *p)
{
  int wait = -1;

  p[0] = (struct pollfd){.fd = is_quiet(c) ? -1 : c->fd[0]};
  p[1] = (struct pollfd){.fd = is_quiet(c) ? -1 : c->fd[1]};
  if (is_quiet(c)) return -1;
  for (int d = 0; d < 2; d++) {
    const way *w = &c->ways[d];
    if (w->n == 0 && !w->is_finished) p[d].events |= POLLIN;
    if (w->n && allowed(c, w)) p[!d].events |= POLLOUT;
    if (w->n && !allowed(c, w)) wait = 1;
  }
  /* A hang-up is seen by reading; where nothing is read it would spin. */
  for (int d = 0; d < 2; d++)
    if (!p[d].events) p[d].fd = -1;
  return wait;
}

static void step(conn *c, const struct pollfd *p)
{
  for (int d = 0; d < 2 && !is_quiet(c); d++) {
    way *w = &c->ways[d];
    if (w->n == 0 && !w->is_finished && p[d].revents) read_way(c, d);
    if (!is_quiet(c) && w->n) write_way(c, d);
    if (!is_quiet(c)) pass_end(c, d);
  }
}

static void sweep(void)
{
  int kept = 0;
  for (int i = 0; i < P.n_conns; i++) {
    if (P.conns[i]->fd[0] >= 0)
      P.conns[kept++] = P.conns[i];
    else
      free(P.conns[i]);
  }
  P.n_conns = kept;
}

static fault fault_of(const char *name)
{
  static const char *const names[] = {"",      "cut",     "rst",
                                      "stall", "swallow", "lose"};
  for (int f = CUT; f <= LOSE; f++)
    if (strcmp(name, names[f]) == 0) return (fault)f;
  return NOTHING;
}

static void pass(void)
{
  P.is_deaf = P.is_stalled = false;
  P.slice = 0;
  P.delay_ms = P.rate = 0;
  P.after[UP] = P.after[DOWN] = P.corrupt = -1;
  P.then = P.on = NOTHING;
  for (int i = 0; i < P.n_conns; i++) {
    conn *c = P.conns[i];
    c->is_stalled = c->is_swallowed = false;
    c->then = NOTHING;
  }
  open_listener();
}

static void end_all(bool by_reset)
{
  for (int i = 0; i < P.n_conns; i++)
    end_conn(P.conns[i], by_reset);
}

static void half(void)
{
  for (int i = 0; i < P.n_conns; i++) {
    P.conns[i]->is_half = true;
    end_fd(&P.conns[i]->fd[1], false);
  }
}

static void after(int dir, int64_t n, fault then)
{
  P.after[dir] = n;
  P.after[!dir] = -1;
  P.then = then;
  for (int i = 0; i < P.n_conns; i++) {
    conn *c = P.conns[i];
    c->ways[dir].left = n;
    c->ways[!dir].left = -1;
    c->then = then;
  }
}

static void obey(const char *line)
{
  char a[LINE_MAX_] = "", b[LINE_MAX_] = "", text[LINE_MAX_] = "";
  const char *space = strrchr(line, ' ');
  long long n = 0;

  if (sscanf(line, "%511s", a) != 1) return;
  if (strcmp(a, "quit") == 0) exit(0);
  if (strcmp(a, "pass") == 0) pass();
  if (strcmp(a, "refuse") == 0) close_listener();
  if (strcmp(a, "deaf") == 0) P.is_deaf = true;
  if (strcmp(a, "full") == 0) fill_queue();
  if (strcmp(a, "stall") == 0) P.is_stalled = true;
  if (strcmp(a, "cut") == 0 || strcmp(a, "rst") == 0) end_all(a[0] == 'r');
  if (strcmp(a, "half") == 0) half();
  if (sscanf(line, "slice %lld", &n) == 1) P.slice = (size_t)n;
  if (sscanf(line, "delay %lld", &n) == 1) P.delay_ms = n;
  if (sscanf(line, "rate %lld", &n) == 1) P.rate = n;
  if (sscanf(line, "corrupt %lld", &n) == 1) P.corrupt = n;
  if (sscanf(line, "after %511s %lld %511s", b, &n, text) == 3)
    after(strcmp(b, "up") == 0 ? UP : DOWN, n, fault_of(text));
  if (strcmp(a, "on") == 0 && space > line + 3) {
    memcpy(P.pattern, line + 3, (size_t)(space - line - 3));
    P.pattern[space - line - 3] = '\0';
    P.on = fault_of(space + 1);
  }
  if (sscanf(line, "next %511s", b) == 1) {
    P.pattern[0] = '\0';
    P.on = fault_of(b);
  }
  sweep();
  if (strcmp(a, "count") == 0)
    printf("%lld %d\n", (long long)P.accepted, P.n_conns);
  else
    printf("ok\n");
  fflush(stdout);
}

/* Whole lines of standard input; false: it ended. */
static bool listen_to_orders(void)
{
  static char held[4 * LINE_MAX_];
  static size_t n;
  ssize_t got = read(0, held + n, sizeof held - n - 1);
  char *end;

  if (got <= 0) return false;
  n += (size_t)got;
  held[n] = '\0';
  while ((end = strchr(held, '\n'))) {
    *end = '\0';
    obey(held);
    n -= (size_t)(end + 1 - held);
    memmove(held, end + 1, n + 1);
  }
  return true;
}

static bool find_listener(const char *text)
{
  char address[64];
  return sscanf(text, "%63[^:]:%d", address, &P.port) == 2 &&
         inet_pton(AF_INET, address, &P.address) == 1;
}

static bool find_target(int argc, char **argv)
{
  struct sockaddr_un u = {.sun_family = AF_UNIX};
  struct sockaddr_in in = {.sin_family = AF_INET};

  if (argc == 3 && strlen(argv[2]) < sizeof u.sun_path) {
    memcpy(u.sun_path, argv[2], strlen(argv[2]));
    memcpy(&P.target, &u, P.target_len = sizeof u);
    return true;
  }
  if (argc != 4 || inet_pton(AF_INET, argv[2], &in.sin_addr) != 1) return false;
  in.sin_port = htons((uint16_t)strtol(argv[3], NULL, 10));
  memcpy(&P.target, &in, P.target_len = sizeof in);
  return true;
}

static void turn(void)
{
  static struct pollfd p[2 + 2 * MAX_CONNS];
  int wait = -1, n = P.n_conns;

  p[0] = (struct pollfd){.fd = 0, .events = POLLIN};
  p[1] = (struct pollfd){.fd = P.is_deaf ? -1 : P.listener, .events = POLLIN};
  for (int i = 0; i < n; i++) {
    int w = ask(P.conns[i], p + 2 + 2 * i);
    if (w >= 0) wait = w;
  }
  poll(p, (nfds_t)(2 + 2 * n), wait);
  for (int i = 0; i < n; i++)
    step(P.conns[i], p + 2 + 2 * i);
  if (p[0].revents && !listen_to_orders()) exit(0);
  if (p[1].revents && P.listener >= 0) accept_one();
  sweep();
}

int main(int argc, char **argv)
{
  signal(SIGPIPE, SIG_IGN);
  if (argc < 3 || !find_listener(argv[1]) || !find_target(argc, argv) ||
      !open_listener()) {
    fprintf(stderr, "usage: fault_proxy ADDRESS:PORT (HOST PORT | PATH)\n");
    return 2;
  }
  printf("%d %d\n", P.port, (int)getpid());
  fflush(stdout);
  for (;;)
    turn();
}
