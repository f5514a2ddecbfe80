#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Writes python/ryx/comparisons.pyi, the types of those methods of Expression that
-- compare: one for each of Lua's.
--
--   make docs
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/lib/lua/5.4/?.so;" .. package.cpath
local compat = require "ryx.compat"
local expr = require "ryx.query.expr"
require "ryx.query.expr.q" -- which adds the comparisons

local OTHERS = { asc = true, desc = true, at = true, lookup = true }

print [[
# SPDX-License-Identifier: MIT
# Made by `make docs` from lua/ryx/query/expr/q.lua. Types alone: expressions.py makes the
# methods, and there is no module of this name.
from typing import Any

from .q import Q

class Comparisons:]]
for _, name in ipairs(compat.sorted_keys(expr.methods)) do
  if not OTHERS[name] then
    print(("    def %s(self, value: Any%s) -> Q: ..."):format(name, name == "isnull" and " = ..." or ""))
  end
end
