-- SPDX-License-Identifier: MIT
-- CREATE INDEX of a schema's indexes as SQL text.
local M = {}

local function part(ctx, p)
  if p.sql then return "(" .. p.sql .. ")" end
  return ctx.quote(p.column) .. (p.letters and ("(%d)"):format(p.letters) or "") .. (p.desc and " DESC" or "")
    .. (p.nulls and " NULLS " .. p.nulls or "")
end

--- CREATE INDEX on a table.
function M.create(ctx, t, ix)
  local parts = {}
  for i, p in ipairs(ix.parts) do parts[i] = part(ctx, p) end
  return ("CREATE %sINDEX %s%s ON %s%s (%s)%s%s"):format(ix.unique and "UNIQUE " or "",
    ix.concurrently and "CONCURRENTLY " or "", ctx.quote(ix.name), ctx.name_of(t),
    ix.method and " USING " .. ctx.quote(ix.method) or "", table.concat(parts, ", "),
    ix.include and " INCLUDE (" .. ctx.columns(ix.include) .. ")" or "",
    ix.condition and " WHERE " .. ix.condition or "")
end

--- The name of an index in SQL, which is in the schema of its table.
function M.name(ctx, t, name)
  return (t.schema and ctx.quote(t.schema) .. "." or "") .. ctx.quote(name)
end

return M
