#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Writes python/ryx/comparisons.pyi, the types of those methods of Expression that
-- compare: one for each of Lua's.
--
--   make docs
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/lib/lua/5.4/?.so;" .. package.cpath
local compat = require "ryx.compat"
local catalog = require "ryx.query.lookup.catalog"

print [[
# SPDX-License-Identifier: MIT
# Made by `make docs` from lua/ryx/query/lookup/catalog.lua. Types alone: expressions.py makes the
# methods, and there is no module of this name.
from typing import Any

from .q import Q

class Comparisons:]]
for _, name in ipairs(compat.sorted_keys(catalog.methods)) do
  print(("    def %s(self, value: Any%s) -> Q: ..."):format(name, name == "isnull" and " = ..." or ""))
end
