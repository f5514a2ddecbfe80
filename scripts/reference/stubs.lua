#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Writes python/ryx/functions.pyi, the types of the Python classes that are made of
-- lua/ryx/query/fn/init.lua.
--
--   make docs
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/lib/lua/5.4/?.so;" .. package.cpath
local compat = require "ryx.compat"
local functions = require "ryx.query.fn"

local HEAD = [[
# SPDX-License-Identifier: MIT
# Made by `make docs` from lua/ryx/query/fn/init.lua.
from typing import Any

from .expressions import Expression
from .q import Q

class Function(Expression):
    def __init__(self, *args: Any, **options: Any) -> None: ...

class Aggregate(Function): ...
class WindowFunction(Function): ...]]

local BASE = { ["function"] = "Function", aggregate = "Aggregate", window = "WindowFunction" }
local AGGREGATE = {
  "distinct: bool = ...", "filter: Q | Expression | None = ...", "order_by: Any = ...", "default: Any = ...",
}
local CONSTANT = { const = "str | int", share = "float", fields = "str | list[str]" }
local OPTION = { sample = "bool", tz = "str | bool | None" }

local function arguments(row)
  local parts, more = { "self" }, nil
  for i, kind in ipairs(row.args or {}) do
    local optional = kind:sub(-1) == "?"
    if kind:find("^%.%.%.") then more = "*more: Any" else
      local type = CONSTANT[kind:match("^%a+")] or "Any"
      parts[#parts + 1] = ("%s%d: %s%s"):format(kind:gsub("%?", ""), i, type, optional and " = ..." or "")
    end
  end
  if #parts > 1 then parts[#parts + 1] = "/" end
  local named = {}
  if row.kind == "aggregate" then named = { compat.unpack(AGGREGATE) } end
  for _, name in ipairs(compat.sorted_keys(row.options or {})) do
    named[#named + 1] = ("%s: %s = ..."):format(name, OPTION[name] or "Any")
  end
  if more then parts[#parts + 1] = more elseif #named > 0 then parts[#parts + 1] = "*" end
  for _, text in ipairs(named) do parts[#parts + 1] = text end
  return table.concat(parts, ", ")
end

print(HEAD)
local all = { "Aggregate", "Function", "WindowFunction" }
for _, row in ipairs(functions.rows) do all[#all + 1] = row.name end
print("\n__all__ = [")
for _, name in ipairs(all) do print(("    %q,"):format(name)) end
print("]")
for _, row in ipairs(functions.rows) do
  print(("\nclass %s(%s):\n    def __init__(%s) -> None: ..."):format(row.name, BASE[row.kind], arguments(row)))
end
