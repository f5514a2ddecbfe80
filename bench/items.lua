-- SPDX-License-Identifier: MIT
-- The rows that are read and stored one thousand at a time.
local ryx = require "ryx"

local M = {}

--- A model of items whose table has that name.
function M.model(name, table_name)
  return ryx.model(name, {
    name = ryx.CharField{ max_length = 100 },
    category = ryx.CharField{ max_length = 50 },
    price = ryx.IntField(),
    is_active = ryx.BooleanField(),
    created = ryx.DateTimeField(),
    Meta = { table_name = table_name },
  })
end

--- n new instances.
function M.instances(Model, n)
  local list, created = {}, ryx.datetime("2026-01-01 00:00:00")
  for i = 1, n do
    list[i] = Model{
      name = "Item " .. i,
      category = i % 2 == 0 and "A" or "B",
      price = i * 10,
      is_active = i % 3 ~= 0,
      created = created,
    }
  end
  return list
end

return M
