-- SPDX-License-Identifier: MIT
-- "did you mean": which of some names is most like another.
local M = {}

local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local keep = row[j]
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      row[j] = math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
      diagonal = keep
    end
  end
  return row[#b]
end

--- The candidate most like a name, nil when none is near.
function M.nearest(name, candidates)
  local best, best_distance
  for _, c in ipairs(candidates) do
    local d = distance(name, c)
    if not best or d < best_distance or (d == best_distance and c < best) then
      best, best_distance = c, d
    end
  end
  if best and best_distance <= math.max(2, math.floor(#name / 2)) then return best end
  return nil
end

return M
