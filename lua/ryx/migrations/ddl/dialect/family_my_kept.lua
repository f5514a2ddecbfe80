-- SPDX-License-Identifier: MIT
-- What a column has that no model says: a person's comment, another collation, a check of its own, that it is hidden
-- or changes with its row. MODIFY writes a column anew, so its definition is completed by what is there at that moment.
local compat = require "ryx.compat"
local definition = require "ryx.migrations.ddl.definition"
local fetch = require("ryx.migrations.ddl.step").fetch

local M = {}

local COLUMNS = "SELECT column_name AS name, collation_name AS collation, extra AS extra, column_comment AS comment "
  .. "FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?"

local function columns_of(ctx, alias, t)
  local there = {}
  for _, row in ipairs(fetch(alias, COLUMNS, { t.name })) do
    there[row.name] = row
    row.extra = row.extra:lower()
  end
  if next(there) == nil or not ctx.dialect.column_checks then return there end
  for _, row in ipairs(fetch(alias, ctx.dialect.column_checks, { t.name })) do
    if there[row.name] then there[row.name].check = row.text end
  end
  return there
end

local function attributes(c, row)
  local text = ""
  local digits = c.type:match("^DATETIME(.*)$")
  if digits and row.extra:find("on update", 1, true) then text = " ON UPDATE CURRENT_TIMESTAMP" .. digits end
  return text .. (row.extra:find("invisible", 1, true) and " INVISIBLE" or "")
end

local function modified(ctx, part, row)
  local from, to, kept = part.from, part.to, {}
  if not to.comment and (not from.comment or from.is_noted) and row.comment ~= "" then kept.comment = row.comment end
  if to.collation and from.collation == to.collation then kept.collation = row.collation end
  local text = M.modify(ctx, compat.with(to, kept), attributes(to, row))
  return text .. (row.check and (" CHECK (%s)"):format(row.check) or "")
end

local function replaced(sql, old, new)
  local first, last = sql:find(old, 1, true)
  return first and sql:sub(1, first - 1) .. new .. sql:sub(last + 1) or sql
end

--- A column written anew, but for what no model says.
function M.modify(ctx, c, tail)
  return "MODIFY COLUMN " .. definition.added(ctx, c, tail)
end

--- What columns are written anew by, and what else a statement does, as one text; each part gets its action.
function M.actions(ctx, parts, ...)
  local actions = {}
  for i, part in ipairs(parts) do
    part.action = M.modify(ctx, part.to)
    actions[i] = part.action
  end
  for _, action in ipairs{ ... } do actions[#actions + 1] = action end
  return table.concat(actions, ", ")
end

--- The `complete` of a step with parts { from, to, action = what stands in its text }. Some servers forget by a new
--- default that a column changes with its row; such a part is `is_default`.
function M.complete(ctx, t, parts)
  return function(alias, sql)
    local there = columns_of(ctx, alias, t)
    for _, part in ipairs(parts) do
      local row = there[part.to.name]
      if row and not (part.is_default and not row.extra:find("on update", 1, true)) then
        sql = replaced(sql, part.action, modified(ctx, part, row))
      end
    end
    return sql
  end
end

return M
