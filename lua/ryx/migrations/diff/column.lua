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
  if not canonical.is_same(dialect, a.generated, b.generated) then note "generated" end
  if M.is_other_comment(a, b) then note "comment" end
  return set
end

return M
