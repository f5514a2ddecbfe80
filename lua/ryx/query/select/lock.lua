-- SPDX-License-Identifier: MIT
-- qs:for_update: which queries have rows of a table to lock, and which of their tables
-- the lock is on.
local errors = require "ryx.errors"
local whole = require "ryx.query.select.whole"

local M = {}

--- Are the rows of a builder rows of its table, which can be locked?
function M.is_lockable(b)
  return not (b.distinct or b.distinct_on or b.group or b.grouped_by_key or b.combined)
    and #b.qualify == 0 and #b.having == 0
end

-- The same for rows with all that they hold: not every database locks what has windows.
local function can_lock(b)
  return M.is_lockable(b) and not whole.is_needed(b)
end

local function refuse_lock(b)
  if not can_lock(b) then
    errors.raise("misuse", "%s: for_update locks rows of the table, so it goes with no distinct, group, aggregate, "
      .. "window or set operation", b.meta.model_name)
  end
  for _, source in ipairs(b.sources) do
    if source.join == "right" or source.join == "full" then
      errors.raise("misuse", "%s: for_update locks rows of the table, which a %s join may lack", b.meta.model_name,
        source.join)
    end
  end
end

--- The lock of a builder, with the sources it names; without names the table itself,
--- when others may have no row to lock.
function M.of(b)
  local lock = b.lock
  if not lock or lock.if_rows and not can_lock(b) then return nil end
  refuse_lock(b)
  lock.of = nil
  if lock.names then
    lock.of = {}
    for i, name in ipairs(lock.names) do
      local source = name == "self" and b.root or b.root.to_one[name]
      if not source then
        errors.raise("field_error", "for_update: of = %q is not joined: it names \"self\" or what select_related joins",
          tostring(name))
      end
      lock.of[i] = source
    end
    return lock
  end
  for _, source in ipairs(b.sources) do
    local is_row = not source.query and not (source.how and not source.always) and (source.how or source.join ~= "left")
    if source ~= b.root and not is_row then lock.of = { b.root } end
  end
  return lock
end

return M
