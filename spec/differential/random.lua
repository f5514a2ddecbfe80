-- SPDX-License-Identifier: MIT
-- Random numbers that are the same on every Lua: two linear congruential
-- generators joined (L'Ecuyer), whose products stay below 2^53.
local Random = {}
Random.__index = Random

local M = {}

local M1, M2 = 2147483563, 2147483399

--- A generator; equal seeds give equal numbers.
function M.new(seed)
  local r = setmetatable({ a = seed % (M1 - 1) + 1, b = (seed * 7 + 11) % (M2 - 1) + 1 }, Random)
  for _ = 1, 10 do r:next() end
  return r
end

function Random:next()
  self.a = self.a * 40014 % M1
  self.b = self.b * 40692 % M2
  return (self.a - self.b) % (M1 - 1)
end

--- A whole number from low to high.
function Random:int(low, high)
  return low + self:next() % (high - low + 1)
end

--- True in so many cases of a hundred.
function Random:chance(percent)
  return self:next() % 100 < percent
end

--- An item of a list.
function Random:pick(list)
  return list[self:int(1, #list)]
end

--- An item of { item, weight, item, weight, ... }; a weight of 0 is never taken.
function Random:weighted(list)
  local sum = 0
  for i = 2, #list, 2 do sum = sum + list[i] end
  local n = self:int(1, sum)
  for i = 2, #list, 2 do
    n = n - list[i]
    if n <= 0 then return list[i - 1] end
  end
end

--- A copy of a list in random order.
function Random:shuffled(list)
  local out = {}
  for i, v in ipairs(list) do
    local j = self:int(1, i)
    out[i] = out[j]
    out[j] = v
  end
  return out
end

--- So many different items of a list, or all of a shorter one.
function Random:some(list, n)
  local out = {}
  for i, v in ipairs(self:shuffled(list)) do
    if i > n then break end
    out[i] = v
  end
  return out
end

return M
