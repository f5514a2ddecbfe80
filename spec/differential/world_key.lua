-- SPDX-License-Identifier: MIT
-- Keys of several fields in a world that is made.
local M = {}

--- Makes fields the key of a model, by the names that one declares; they come first.
function M.set(model, names)
  local place, key, rest = {}, {}, {}
  for i, name in ipairs(names) do place[name] = i end
  for _, f in ipairs(model.fields) do
    local i = place[f.relation and f.relation.name or f.name]
    if i then key[i] = f else rest[#rest + 1] = f end
    f.part = i ~= nil
  end
  model.key, model.fields = {}, key
  for i, f in ipairs(key) do model.key[i] = f.name end
  for _, f in ipairs(rest) do key[#key + 1] = f end
end

-- Is the key of a smaller than that of b? Nil when they are equal.
local function before(model, a, b)
  for _, name in ipairs(model.key) do
    if a[name] ~= b[name] then return a[name] < b[name] end
  end
end

--- Of rows with one key the first stays; their numbers are those of their keys in order.
function M.number(model)
  local sorted, kept = {}, {}
  for i, row in ipairs(model.rows) do sorted[i] = row end
  table.sort(sorted, function(a, b)
    local less = before(model, a, b)
    if less == nil then return a.id < b.id end
    return less
  end)
  model.by_id = {}
  for i, row in ipairs(sorted) do
    if i == 1 or before(model, sorted[i - 1], row) then
      kept[row] = true
      table.insert(model.by_id, row)
    end
  end
  for id, row in ipairs(model.by_id) do row.id = id end
  local rows = {}
  for _, row in ipairs(model.rows) do
    if kept[row] then rows[#rows + 1] = row end
  end
  model.rows = rows
end

return M
