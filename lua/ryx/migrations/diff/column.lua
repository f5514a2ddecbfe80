-- SPDX-License-Identifier: MIT
-- What differs in one column that both schemas have, and in what it says of itself.
local canonical = require "ryx.migrations.text.canonical"

local M = {}

--- Has a table or a column another comment? A person's note stays where there shall be none.
function M.is_other_comment(a, b)
  return a.comment ~= b.comment and not (a.is_noted and b.comment == nil)
end

--- What differs between two columns, as a set; nil when nothing does.
function M.difference(dialect, a, b)
  local set
  local function note(what)
    set = set or {}
    set[what] = true
  end
  for _, what in ipairs{ "type", "collation" } do
    if a[what] ~= b[what] then note(what) end
  end
  for _, what in ipairs{ "null", "identity" } do
    if (a[what] or false) ~= (b[what] or false) then note(what) end
  end
  if not canonical.is_same_default(dialect, a.default, b.default, b.type) then note "default" end
  local is_as_before = (a.virtual or false) == (b.virtual or false)
  if not is_as_before or not canonical.is_same(dialect, a.generated, b.generated) then note "generated" end
  if M.is_other_comment(a, b) then note "comment" end
  return set
end

-- May a text of SQL name one of some columns? Of the user's own text they stand without quotes.
local function names_one(sql, columns, mark)
  for name in pairs(columns) do
    if sql:find(mark .. name .. mark, 1, true) then return true end
    for word in sql:gmatch("[%w_]+") do
      if word == name then return true end
    end
  end
  return false
end

--- Must a column go and come again, since it is worked out in another way, or of columns that change?
--- `altered` and `renamed` are sets of the names of these.
function M.is_remade(dialect, a, b, altered, renamed)
  -- What no row holds goes, and comes again by steps of the dialect.
  if not b.generated then return a.virtual and dialect.generated_pins_virtual or false end
  local difference = M.difference(dialect, a, b)
  if difference and (difference.generated or difference.type or difference.collation or difference.null) then
    return true
  end
  return dialect.generated_pins and names_one(b.generated, altered, dialect.mark)
    or not dialect.generated_follows and names_one(b.generated, renamed, dialect.mark)
end

return M
