-- SPDX-License-Identifier: MIT
-- Branches of migrations that grew beside each other: may they be applied in either order? Each
-- order is tried on the state that they begin from.
local autodetect = require "ryx.migrations.autodetect"
local errors = require "ryx.errors"
local question = require "ryx.migrations.autodetect.question"

local M = {}

-- What an operation is about, for messages.
local function label(op)
  if not op.model then return op:describe() end
  local part = op.name or op.kind == "rename_field" and op.old
  return part and op.model .. "." .. part or op.model
end

local function refuse(a, b, what, why)
  errors.raise("misuse", "%s and %s cannot be merged: both change %s%s", a, b, what, why and ": " .. why or "")
end

-- The state after two branches, one behind the other.
local function both(state, first, second, a, b)
  for _, file in ipairs(first) do
    for _, op in ipairs(file.operations) do state = op:apply(state) end
  end
  for _, file in ipairs(second) do
    for _, op in ipairs(file.operations) do
      local ok, result = pcall(op.apply, op, state)
      if not ok and not errors.is_error(result) then error(result, 0) end
      if not ok then refuse(a, b, label(op), result.message) end
      state = result
    end
  end
  return state
end

local NOBODY = question.new(function() return false end)

local function check_pair(g, a, b)
  local in_a, in_b = g:with_ancestors(a), g:with_ancestors(b)
  local common, only_a, only_b = {}, {}, {}
  for _, file in ipairs(g:order()) do
    local is_a, is_b = in_a[file.name], in_b[file.name]
    if is_a or is_b then table.insert(is_a and (is_b and common or only_a) or only_b, file) end
  end
  local base = g:fold(common)
  local one, other = both(base, only_a, only_b, a, b), both(base, only_b, only_a, a, b)
  local differences = autodetect.run(one, other, NOBODY)
  if differences[1] then refuse(a, b, label(differences[1])) end
end

--- The names of the ends of a graph, which can be joined: a pair that cannot is an error that
--- names the field.
function M.heads(g)
  local heads = g:heads()
  for i = 1, #heads do
    for j = i + 1, #heads do check_pair(g, heads[i], heads[j]) end
  end
  return heads
end

return M
