-- SPDX-License-Identifier: MIT
-- Steps as a script that the database's own client runs as it stands.
local text_of = require("ryx.migrations.ddl.step").text

local M = {}

local BODY = { "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT" }

-- Is there a semicolon in the statement that does not end it? Some clients must be told.
local function has_body(sql)
  local head = sql:upper():match("^%s*CREATE[^;]*") or ""
  for _, word in ipairs(BODY) do
    if head:find("%f[%w]" .. word .. "%f[%W]") and sql:find(";") then return true end
  end
end

local function statement(ctx, step)
  if not step.sql then return "-- " .. step.what .. ": a function, which has no SQL" end
  local sql = text_of(ctx.alias, step, step.sql):gsub("[;%s]+$", "")
  if ctx.dialect.delimiter and has_body(sql) then return ("DELIMITER //\n%s//\nDELIMITER ;"):format(sql) end
  return sql .. ";"
end

-- The settings around a transaction that means nothing inside: those of a rebuild, once.
local function settings(steps)
  local list = {}
  for _, step in ipairs(steps) do
    if step.outside then list[#list + 1] = step end
  end
  return list[1], list[#list]
end

local function in_transaction(ctx, lines, steps)
  local first, last = settings(steps)
  if first then lines[#lines + 1] = statement(ctx, first) end
  lines[#lines + 1] = "BEGIN;"
  for _, step in ipairs(steps) do
    if not step.outside then lines[#lines + 1] = statement(ctx, step) end
  end
  lines[#lines + 1] = "COMMIT;"
  if last then lines[#lines + 1] = statement(ctx, last) end
end

--- The text of steps: in transactions where the database has them for changes of tables.
function M.text(ctx, steps)
  local lines, held = {}, {}
  local function flush()
    if held[1] then in_transaction(ctx, lines, held) end
    held = {}
  end
  for _, step in ipairs(steps) do
    if ctx.dialect.transactional and not step.bare then
      held[#held + 1] = step
    else
      flush()
      lines[#lines + 1] = statement(ctx, step)
    end
  end
  flush()
  return table.concat(lines, "\n") .. (lines[1] and "\n" or "")
end

return M
