/* SPDX-License-Identifier: MIT */
/* Preloaded: names take RYX_SLOW_RESOLVER_MS to resolve, and become the
 * addresses of RYX_RESOLVER_ADDRESSES, in that order. Addresses are left alone.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int (*resolver)(const char *, const char *, const struct addrinfo *,
                        struct addrinfo **);

static int is_address(const char *name)
{
  struct in6_addr a;
  return inet_pton(AF_INET, name, &a) == 1 ||
         inet_pton(AF_INET6, name, &a) == 1;
}

static resolver real_one(void)
{
  resolver real;
  *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
  return real;
}

/* One list of what each address gives. */
static int resolve_all(const char *addresses, const char *service,
                       const struct addrinfo *hints, struct addrinfo **out)
{
  char list[256], *rest = list, *one;
  struct addrinfo **last = out;
  int rc = 0;

  snprintf(list, sizeof list, "%s", addresses);
  while (rc == 0 && (one = strsep(&rest, " "))) {
    rc = real_one()(one, service, hints, last);
    while (rc == 0 && *last)
      last = &(*last)->ai_next;
  }
  return rc;
}

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints,
                struct addrinfo **restrict out)
{
  const char *ms = getenv("RYX_SLOW_RESOLVER_MS");
  const char *addresses = getenv("RYX_RESOLVER_ADDRESSES");
  long n = ms ? strtol(ms, NULL, 10) : 0;
  struct timespec t = {.tv_sec = n / 1000, .tv_nsec = n % 1000 * 1000000};

  if (!name || is_address(name)) return real_one()(name, service, hints, out);
  nanosleep(&t, NULL);
  return resolve_all(addresses ? addresses : name, service, hints, out);
}
