/* SPDX-License-Identifier: MIT */
/* ryx.cli.line_edit: a line that is edited on the terminal, with a history and
 * completion, by libedit. It is read key by key (`step`), so that whoever calls
 * may do other things while none is pressed: `wait` waits for a key and for the
 * engine at once. There is one line edit, for there is one terminal. */
#include "cli/system.h"

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <lauxlib.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

/* A key like an arrow is several bytes, and Escape alone is none: what does not
 * follow in this time is not waited for. */
enum { KEY_MS = 200, HISTORY_LINES = 1000 };

typedef struct line_edit {
  EditLine *el;
  History *history;
  char *prompt;
  lua_State *L; /* of the step under way; slots 2 and 3 are its functions */
  bool is_begun, has_ended, is_inside_key;
} line_edit;

/* The signals belong to the process, and so do these. */
static volatile sig_atomic_t has_resized, has_continued;

static void on_signal(int number)
{
  if (number == SIGWINCH) has_resized = 1;
  if (number == SIGCONT) has_continued = 1;
}

static bool is_readable(int ms)
{
  struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

  return poll(&fd, 1, ms) > 0;
}

static line_edit *of(EditLine *el)
{
  line_edit *e = NULL;

  el_get(el, EL_CLIENTDATA, &e);
  return e;
}

/* Where libedit reads keys of its own, as in a search, others go on as well:
 * wait_for_key() says whether to go on. */
static bool wait_for_key(line_edit *e)
{
  bool goes_on;

  lua_pushvalue(e->L, 3);
  goes_on = lua_pcall(e->L, 0, 1, 0) == LUA_OK && lua_toboolean(e->L, -1);
  lua_pop(e->L, 1);
  return goes_on;
}

/* After Escape: may more follow of the same key? */
static bool is_inside_key(bool was_inside, wchar_t c)
{
  return c == 27 || (was_inside && wcschr(L"[O;0123456789", c));
}

/* What libedit reads: the next letter, 0 when there is none. */
static int get_letter(EditLine *el, wchar_t *c)
{
  line_edit *e = of(el);
  mbstate_t state;
  char byte;

  memset(&state, 0, sizeof state);
  for (;;) {
    while (!is_readable(e->is_inside_key ? KEY_MS : 0)) {
      if (e->is_inside_key || !wait_for_key(e)) return 0;
    }
    if (read(STDIN_FILENO, &byte, 1) != 1) {
      e->has_ended = true;
      return 0;
    }
    switch (mbrtowc(c, &byte, 1, &state)) {
      case (size_t)-1: memset(&state, 0, sizeof state); break;
      case (size_t)-2: break;
      default: e->is_inside_key = is_inside_key(e->is_inside_key, *c); return 1;
    }
  }
}

static char *prompt_of(EditLine *el)
{
  return of(el)->prompt;
}

/* Ctrl-D: the end in an empty line, else what Delete does. */
static unsigned char end_or_delete(EditLine *el, int c)
{
  const LineInfo *line = el_line(el);

  (void)c;
  if (line->lastchar == line->buffer) {
    of(el)->has_ended = true;
    return CC_NORM;
  }
  if (line->cursor == line->lastchar) return CC_ERROR;
  el_cursor(el, 1);
  el_deletestr(el, 1);
  return CC_REFRESH;
}

/* Tab: complete(the line up to the cursor) says what is inserted, and what may
 * be meant, which is shown below the line. */
static unsigned char complete(EditLine *el, int c)
{
  const LineInfo *line = el_line(el);
  line_edit *e = of(el);
  lua_State *L = e->L;
  unsigned char answer = CC_ERROR;

  (void)c;
  lua_pushvalue(L, 2);
  lua_pushlstring(L, line->buffer, (size_t)(line->cursor - line->buffer));
  if (lua_pcall(L, 1, 2, 0) != LUA_OK) {
    lua_pop(L, 1);
    return CC_ERROR;
  }
  if (lua_isstring(L, -2) && el_insertstr(el, lua_tostring(L, -2)) == 0)
    answer = CC_REFRESH;
  if (lua_isstring(L, -1)) {
    printf("\n%s\n", lua_tostring(L, -1));
    answer = CC_REDISPLAY;
  }
  lua_pop(L, 2);
  return answer;
}

static line_edit *check(lua_State *L)
{
  line_edit *e = luaL_checkudata(L, 1, "ryx.cli.line_edit");

  luaL_argcheck(L, e->el, 1, "it is closed");
  return e;
}

/* While a line is run, Ctrl-D is a key as others are, for the next line: the
 * terminal would make a zero of it that libedit takes for Ctrl-Space. */
static void keep_ctrl_d(void)
{
  struct termios now;

  if (tcgetattr(STDIN_FILENO, &now) != 0) return;
  now.c_cc[VEOF] = _POSIX_VDISABLE;
  tcsetattr(STDIN_FILENO, TCSANOW, &now);
}

static void end_line(line_edit *e)
{
  if (!e->is_begun) return;
  e->is_begun = false;
  el_set(e->el, EL_UNBUFFERED, 0);
  keep_ctrl_d();
}

static int edit_close(lua_State *L)
{
  line_edit *e = luaL_checkudata(L, 1, "ryx.cli.line_edit");

  if (e->el) {
    end_line(e);
    el_end(e->el);
    ryx_cli_restore_terminal();
  }
  if (e->history) history_end(e->history);
  free(e->prompt);
  e->el = NULL, e->history = NULL, e->prompt = NULL;
  return 0;
}

/* libedit shows letters as the locale has them; text of ryx is UTF-8. */
static void use_utf8(void)
{
  if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1) {
    setlocale(LC_CTYPE, "C.UTF-8");
  }
}

static void expect_signal(int number)
{
  struct sigaction action;

  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

static void set_keys(EditLine *el)
{
  el_set(el, EL_SIGNAL, 0);
  el_set(el, EL_EDITOR, "emacs");
  el_set(el, EL_PROMPT, prompt_of);
  el_set(el, EL_GETCFN, get_letter);
  el_set(el, EL_ADDFN, "ryx-complete", "Complete the word", complete);
  el_set(el, EL_ADDFN, "ryx-end", "End, or delete a letter", end_or_delete);
  el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_source(el, NULL);
  el_set(el, EL_BIND, "^I", "ryx-complete", NULL);
}

/* open() -> the line edit of the terminal */
static int edit_open(lua_State *L)
{
  line_edit *e = lua_newuserdatauv(L, sizeof *e, 0);
  HistEvent event;

  memset(e, 0, sizeof *e);
  luaL_setmetatable(L, "ryx.cli.line_edit");
  use_utf8();
  ryx_cli_keep_terminal();
  e->el = el_init("ryx", stdin, stdout, stderr);
  e->history = history_init();
  if (!e->el || !e->history)
    return luaL_error(L, "the terminal cannot be set up");
  el_set(e->el, EL_CLIENTDATA, e);
  set_keys(e->el);
  history(e->history, &event, H_SETSIZE, HISTORY_LINES);
  history(e->history, &event, H_SETUNIQUE, 1);
  el_set(e->el, EL_HIST, history, e->history);
  expect_signal(SIGWINCH);
  expect_signal(SIGCONT);
  return 1;
}

/* edit:begin(prompt): a line is read from here on. */
static int edit_begin(lua_State *L)
{
  line_edit *e = check(L);
  char *prompt = strdup(luaL_checkstring(L, 2));

  if (!prompt) return luaL_error(L, "out of memory");
  free(e->prompt);
  e->prompt = prompt;
  e->has_ended = false;
  e->is_begun = true;
  fflush(stdout);
  el_set(e->el, EL_UNBUFFERED, 1);
  /* libedit follows what the terminal calls its keys. */
  el_set(e->el, EL_BIND, "^D", "ryx-end", NULL);
  return 0;
}

/* What the terminal was told is told again: it has another size, or somebody
 * else had it while the process was stopped. */
static void take_terminal_back(line_edit *e)
{
  if (has_continued) {
    has_continued = 0;
    el_set(e->el, EL_PREP_TERM, 0);
    el_set(e->el, EL_PREP_TERM, 1);
    el_set(e->el, EL_REFRESH);
  }
  if (has_resized) {
    has_resized = 0;
    el_resize(e->el);
  }
}

/* edit:step(complete, wait_for_key): takes the keys that were pressed. Returns
 * the line when it is there, false at the end of input, nil when it goes on. */
static int edit_step(lua_State *L)
{
  line_edit *e = check(L);
  const char *line;
  int n = 0;

  luaL_checktype(L, 2, LUA_TFUNCTION);
  luaL_checktype(L, 3, LUA_TFUNCTION);
  lua_settop(L, 3);
  e->L = L;
  take_terminal_back(e);
  while (is_readable(0)) {
    e->is_inside_key = false;
    line = el_gets(e->el, &n);
    if (line && n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r')) {
      lua_pushlstring(L, line, (size_t)n - 1);
      end_line(e);
      return 1;
    }
    if (e->has_ended) {
      end_line(e);
      lua_pushboolean(L, 0);
      return 1;
    }
  }
  return 0;
}

/* edit:stop(): the line is not read to its end. */
static int edit_stop(lua_State *L)
{
  end_line(check(L));
  return 0;
}

/* edit:hide(), edit:show(): the line makes room for what others write. */
static int edit_hide(lua_State *L)
{
  check(L);
  fputs("\r\033[K", stdout);
  return 0;
}

static int edit_show(lua_State *L)
{
  fflush(stdout);
  el_set(check(L)->el, EL_REFRESH);
  return 0;
}

/* edit:remember(text): the newest of the history. */
static int edit_remember(lua_State *L)
{
  HistEvent event;

  history(check(L)->history, &event, H_ENTER, luaL_checkstring(L, 2));
  return 0;
}

/* edit:load(path), edit:save(path): the history as a file, which only its owner
 * reads. */
static int edit_load(lua_State *L)
{
  HistEvent event;

  history(check(L)->history, &event, H_LOAD, luaL_checkstring(L, 2));
  return 0;
}

static int edit_save(lua_State *L)
{
  line_edit *e = check(L);
  const char *path = luaL_checkstring(L, 2);
  HistEvent event;
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);

  if (fd < 0) return 0;
  fchmod(fd, S_IRUSR | S_IWUSR);
  close(fd);
  history(e->history, &event, H_SAVE, path);
  return 0;
}

/* wait(descriptor, ms, with_keys): until the descriptor can be read, the time
 * is over (-1: there is none), a signal comes, or, with_keys, a key is pressed.
 * true: there is a key, or perhaps a signal. */
static int wait(lua_State *L)
{
  struct pollfd fds[2] = {
      {.fd = (int)luaL_checkinteger(L, 1), .events = POLLIN},
      {.fd = STDIN_FILENO, .events = POLLIN},
  };
  int n = poll(fds, lua_toboolean(L, 3) ? 2 : 1, (int)luaL_checkinteger(L, 2));

  lua_pushboolean(L, n < 0 || fds[1].revents != 0);
  return 1;
}

int ryx_cli_open_line_edit(lua_State *L)
{
  static const luaL_Reg functions[] = {
      {"open", edit_open},
      {"wait", wait},
      {NULL, NULL},
  };
  static const luaL_Reg methods[] = {
      {"begin", edit_begin}, {"step", edit_step}, {"stop", edit_stop},
      {"hide", edit_hide},   {"show", edit_show}, {"remember", edit_remember},
      {"load", edit_load},   {"save", edit_save}, {"close", edit_close},
      {"__gc", edit_close},  {NULL, NULL},
  };

  luaL_newmetatable(L, "ryx.cli.line_edit");
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}
