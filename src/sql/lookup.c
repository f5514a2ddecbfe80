/* SPDX-License-Identifier: MIT */
/* A lookup's SQL: the row of the dialect's table, or the one here that serves
 * all, with its holes filled. */
#include "sql/lookup.h"

#include "sql/writer.h"

static const ryx_lookup_info lookups[] = {
#define X(name, text, operands, types) \
  {text, sizeof text - 1, operands, RYX_FOR_##types},
    RYX_LOOKUPS(X)
#undef X
};

static const char *const names[] = {
#define X(name, text, operands, types) text,
    RYX_LOOKUPS(X)
#undef X
        NULL};

/* A prefix is a range, which every index can serve, whatever the plan. */
static const ryx_template common[RYX_LOOKUP_MAX] = {
    [RYX_LOOKUP_EXACT] = "%c = %v",
    [RYX_LOOKUP_GT] = "%o > %v",
    [RYX_LOOKUP_GTE] = "%o >= %v",
    [RYX_LOOKUP_LT] = "%o < %v",
    [RYX_LOOKUP_LTE] = "%o <= %v",
    [RYX_LOOKUP_RANGE] = "%o BETWEEN %v AND %w",
    [RYX_LOOKUP_ISNULL] = "%c IS NULL",
    [RYX_LOOKUP_NOTNULL] = "%c IS NOT NULL",
    [RYX_LOOKUP_STARTSWITH] = "(%c >= %v AND %c < %p)",
};

const ryx_lookup_info *ryx_lookup_get(uint32_t lookup)
{
  return &lookups[lookup];
}

int ryx_lookup_find(const char *name, size_t n)
{
  for (int i = 0; i < RYX_LOOKUP_MAX; i++) {
    if (lookups[i].name_len != n) continue;
    if (memcmp(lookups[i].name, name, n) == 0) return i;
  }
  return -1;
}

const char *const *ryx_sql_lookups(void)
{
  return names;
}

/* The operand as a pattern or the like: text, whatever its column's type. */
static void put_bind(ryx_sql *q, const ryx_node *param, ryx_bind_op op)
{
  ryx_sql_bind(q, &(ryx_bind){.param = (int32_t)param->value,
                              .op = (uint8_t)op,
                              .type = RYX_T_TEXT});
}

/* Durations are stored as microseconds, so their lists are of integers. */
static void put_list(ryx_sql *q, const ryx_node *param)
{
  bool is_duration = param->elem == RYX_T_DURATION;

  ryx_sql_bind(q, &(ryx_bind){.param = (int32_t)param->value,
                              .op = RYX_BIND_VALUE,
                              .type = RYX_T_ARRAY,
                              .elem = is_duration ? RYX_T_INT : param->elem});
}

/* For a template with a FROM, whose columns must not take the name. */
static void put_qualified(ryx_sql *q, const ryx_node *n)
{
  bool qualifies = q->qualifies;

  q->qualifies = true;
  ryx_sql_put_expr(q, n);
  q->qualifies = qualifies;
}

/* One more than the left side holds: what is cut there is none of its texts. */
static void put_letters(ryx_sql *q, const ryx_node *list)
{
  ryx_sql_put_number(q, ryx_node_end(list)->value + 1);
}

static void put_hole(ryx_sql *q, char hole, const ryx_node *left)
{
  const ryx_node *first = ryx_node_end(left);

  switch (hole) {
    case 'c': ryx_sql_put_expr(q, left); break;
    case 'C': put_qualified(q, left); break;
    case 'V': put_qualified(q, first); break;
    case 'o': ryx_sql_put_ordered(q, left); break;
    case 'v': ryx_sql_put_expr(q, first); break;
    case 'w': ryx_sql_put_expr(q, ryx_node_end(first)); break;
    case 'l': put_list(q, first); break;
    case 'n': put_letters(q, first); break;
    case 'k': put_bind(q, first, RYX_BIND_LIKE_CONTAINS); break;
    case 's': put_bind(q, first, RYX_BIND_LIKE_STARTS); break;
    case 'e': put_bind(q, first, RYX_BIND_LIKE_ENDS); break;
    case 'g': put_bind(q, first, RYX_BIND_GLOB_ENDS); break;
    case 'p': put_bind(q, first, RYX_BIND_PREFIX_END); break;
    case 'x': put_bind(q, first, RYX_BIND_REGEX); break;
    case 'i': ryx_sql_puts(q, q->fold->open); break;
    case 'f': ryx_sql_puts(q, q->fold->fold); break;
    case 'b': ryx_sql_puts(q, q->fold->compare); break;
    case '%': ryx_sql_put(q, "%", 1); break;
    default: break;
  }
}

void ryx_sql_template(ryx_sql *q, ryx_template s, const ryx_node *left)
{
  const char *start = s;

  for (; *s; s++) {
    if (*s != '%') continue;
    ryx_sql_put(q, start, (size_t)(s - start));
    put_hole(q, *++s, left);
    start = s + 1;
  }
  ryx_sql_put(q, start, (size_t)(s - start));
}

/* The list, then how many letters, then what else is known. */
static ryx_template sized_template(const ryx_dialect *d, const ryx_node *left,
                                   ryx_place at)
{
  const ryx_node *letters = ryx_node_end(ryx_node_end(left));
  uint32_t bits = ryx_node_end(letters)->value;
  bool has_index = bits & RYX_LIST_INDEXED;

  if (left->type == RYX_T_TEXT && letters->value > 0 &&
      letters->value < d->letters_max) {
    return d->bounded;
  }
  if (bits & RYX_LIST_LONG && at >= d->many_from[has_index] &&
      d->many[left->type]) {
    return d->many[left->type];
  }
  return d->list[left->type];
}

static ryx_template list_template(ryx_sql *q, const ryx_node *n,
                                  const ryx_node *left, ryx_place at)
{
  const ryx_dialect *d = q->dialect;

  if (d->list_cap & ~q->caps) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "the lookup 'in' needs a server with %s: compare with exact "
                 "and join the conditions by OR",
                 d->list_need);
  }
  if (n->value == RYX_LOOKUP_IN_SIZED) return sized_template(d, left, at);
  return d->list[left->type];
}

/* MariaDB and MySQL take no LIMIT inside IN, but in a sub-query of that. */
static void put_in_subquery(ryx_sql *q, const ryx_node *left,
                            const ryx_node *subquery)
{
  const ryx_node *body = ryx_node_first(subquery);
  const char *hint = q->hint;
  bool is_bounded = false;
  ryx_parts p;

  if (body->kind == RYX_NODE_SELECT) {
    ryx_node_parts(body, &p);
    is_bounded = ryx_parts_bounded(&p);
  }
  q->hint = NULL;
  ryx_sql_put_expr(q, left);
  if (is_bounded) {
    ryx_sql_puts(q, " IN (SELECT ");
    if (hint) ryx_sql_puts(q, hint);
    ryx_sql_puts(q, "* FROM (");
    ryx_sql_table_body(q, body);
    ryx_sql_puts(q, ") z)");
  } else {
    ryx_sql_puts(q, " IN (");
    q->hint = hint;
    ryx_sql_body(q, body);
    ryx_sql_puts(q, ")");
  }
}

static bool is_moment(const ryx_node *n)
{
  return n->type == RYX_T_DATE || n->type == RYX_T_DATETIME ||
         n->type == RYX_T_DATETIMETZ;
}

static ryx_template moment_template(const ryx_dialect *d, const ryx_node *n)
{
  const ryx_node *left = ryx_node_first(n);

  if (left->maybe_null || !is_moment(left)) return NULL;
  if (n->value == RYX_LOOKUP_ISNULL) return d->null_moment;
  return n->value == RYX_LOOKUP_NOTNULL ? d->moment_there : NULL;
}

static ryx_template template_of(ryx_sql *q, const ryx_node *n, ryx_place at)
{
  const ryx_node *left = ryx_node_first(n), *operand = ryx_node_end(left);
  const ryx_dialect *d = q->dialect;
  const ryx_lookup_sql *own = &d->lookup[n->value];
  bool is_expr = operand < ryx_node_end(n) && operand->kind != RYX_NODE_PARAM;
  ryx_template s;

  if (!own->value && !own->expr && d->family_lookup)
    own = &d->family_lookup[n->value];
  s = moment_template(d, n);
  if (!s && n->value == RYX_LOOKUP_EXACT && at == RYX_PLACE_OR &&
      left->maybe_null && !is_expr)
    s = d->equal_or_null;
  if (!s) s = own->value ? own->value : common[n->value];
  if (ryx_lookup_is_in(n->value)) {
    s = list_template(q, n, left, at);
  } else if (is_expr && own->expr) {
    s = own->expr;
  }
  if (s) return s;
  ryx_sql_fail(q, RYX_E_UNSUPPORTED, "this database has no lookup '%s'",
               ryx_lookup_get(n->value)->name);
  return "";
}

void ryx_sql_lookup(ryx_sql *q, const ryx_node *n, ryx_place at)
{
  const ryx_node *left = ryx_node_first(n), *operand = ryx_node_end(left);

  if (n->value == RYX_LOOKUP_IN && operand->kind == RYX_NODE_SUBQUERY) {
    put_in_subquery(q, left, operand);
  } else {
    q->hint = NULL;
    ryx_sql_template(q, template_of(q, n, at), left);
  }
}
