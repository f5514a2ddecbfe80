-- SPDX-License-Identifier: MIT
-- Values of one type as another on MariaDB and MySQL, which make something of anything.
local errors = require "ryx.errors"
local fetch = require("ryx.migrations.ddl.step").fetch

local M = {}

local KINDS = {
  DATE = "day", DATETIME = "day", TIME = "time", SMALLINT = "number", INTEGER = "number", BIGINT = "number",
  DOUBLE = "number", DECIMAL = "number", TINYINT = "number",
}

--- The server makes a number of a day, and today of a time.
function M.refuse_nonsense(t, from, to)
  local a, b = KINDS[from.type:match("^%u+")], KINDS[to.type:match("^%u+")]
  if not a or not b or a == b or a == "day" and b == "time" then return end
  errors.raise("unsupported", "%s.%s: %s cannot become %s: add a new column, and fill it by what the old one holds",
    t.name, to.name, from.type, to.type)
end

local WHOLE = "^ *[-+]?[0-9]+([.]0*)? *$"
local FORMS = {
  SMALLINT = WHOLE, INTEGER = WHOLE, BIGINT = WHOLE, TINYINT = WHOLE,
  CHAR = "^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$",
}

--- The server rounds a number in a text, and takes any text for a UUID: those must have the form before.
function M.check_texts(ctx, t, from, to, what)
  local form = (from.type:find("^VARCHAR") or from.type == "LONGTEXT") and FORMS[to.type:match("^%u+")]
  if not form then return {} end
  local name = ctx.quote(to.name)
  local sql = ("SELECT count(*) AS n, min(%s) AS value FROM %s WHERE NOT %s REGEXP '%s'"):format(name, ctx.name_of(t),
    name, form)
  local function run(alias)
    local row = fetch(alias, sql)[1]
    if row.n == 0 then return end
    errors.raise("operational", "%s.%s: values that are there are no %s, %q among them; change them in a migration "
      .. "before this one", t.name, to.name, to.type, row.value)
  end
  return { { sql = sql, what = what:format(t.name), run = run, is_rows = true } }
end

return M
