-- SPDX-License-Identifier: MIT
-- The condition of a Constraint as SQL text: plain comparisons of a model's own
-- fields with numbers, text and booleans.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local resolve = require "ryx.query.resolve"

local M = {}

local OPERATOR = { exact = "=", gt = ">", gte = ">=", lt = "<", lte = "<=" }

--- A value as a literal of a dialect, for definitions only.
function M.literal(dialect, v)
  if type(v) == "boolean" then return dialect.booleans[v] end
  if type(v) == "number" and v == v and v ~= math.huge and v ~= -math.huge then
    return compat.is_integer(v) and ("%d"):format(v) or ("%.17g"):format(v)
  end
  if type(v) == "string" and not v:find("%z") then
    if dialect.literal_text then return (dialect.literal_text(v)) end
    return "'" .. v:gsub("'", "''") .. "'"
  end
  return nil
end

local function leaf(ctx, s, v)
  local pred = resolve.new(ctx.build, 0):condition(s)
  if pred.op ~= "lookup" or pred.left.op ~= "column" or pred.left.source ~= ctx.build.root then
    errors.raise("unsupported", "%s: a check reaches the model's own columns only; give SQL text for %s",
      ctx.meta.model_name, s[1])
  end
  local column = ctx.quote(pred.left.column)
  if pred.lookup == "isnull" then return column .. " IS NULL" end
  if pred.lookup == "notnull" then return column .. " IS NOT NULL" end
  local list = type(v) == "table" and v or { v }
  local texts = {}
  for i, item in ipairs(list) do
    texts[i] = M.literal(ctx.dialect, item)
    if not texts[i] then
      errors.raise("unsupported", "%s: a check compares with numbers, text and booleans; give SQL text for %s",
        ctx.meta.model_name, s[1])
    end
  end
  if OPERATOR[pred.lookup] and #texts == 1 then return column .. " " .. OPERATOR[pred.lookup] .. " " .. texts[1] end
  if pred.lookup == "in" then return column .. " IN (" .. table.concat(texts, ", ") .. ")" end
  if pred.lookup == "range" then return column .. " BETWEEN " .. texts[1] .. " AND " .. texts[2] end
  errors.raise("unsupported", "%s: a check cannot use the lookup %s; give SQL text", ctx.meta.model_name, pred.lookup)
end

local function write(ctx, s, values)
  if s.op == "leaf" then
    ctx.i = ctx.i + 1
    return leaf(ctx, s, values[ctx.i])
  end
  if s.op == "not" then return "NOT (" .. write(ctx, s[1], values) .. ")" end
  if s.op ~= "and" and s.op ~= "or" then
    errors.raise("unsupported", "%s: a check joins plain comparisons; give SQL text", ctx.meta.model_name)
  end
  local a = write(ctx, s[1], values)
  local b = write(ctx, s[2], values)
  return "(" .. a .. (s.op == "and" and " AND " or " OR ") .. b .. ")"
end

--- The text of a constraint's check.
function M.sql(meta, dialect, quote, check)
  if type(check) == "string" then return check end
  if type(check) ~= "table" or not check.term then
    errors.raise("misuse", "%s: check is a Q or SQL text, not %s", meta.model_name, compat.show(check))
  end
  local ctx = { meta = meta, dialect = dialect, quote = quote, i = 0, build = builder.new(meta) }
  return write(ctx, check.term, check.values)
end

return M
