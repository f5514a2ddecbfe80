-- SPDX-License-Identifier: MIT
-- What the function of m.run_lua gets: models as they were at that point of the migrations, on the
-- database that is migrated.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local Q = require("ryx.query.expr.q").Q

local M = {}

--- The models of a moment, for m.run_lua.
---@class ryx.Apps
---@field alias string the database that is migrated
local Apps = {}
Apps.__index = Apps

--- `context` is { alias, state, progress }: progress(done, of) is told of batches, if it is there.
function M.new(context)
  return setmetatable({ alias = context.alias.name, state = context.state, progress = context.progress }, Apps)
end

--- A model with the fields and relations of that moment, and without the hooks, methods and
--- managers that it has today.  local Post = apps:model("Post")
---@param name string
---@return ryx.ModelClass
function Apps:model(name)
  return self.state:model(name, self.alias)
end

-- The rows behind a key, in the order of keys: (a > x) or (a = x and b > y).
local function after(names, values)
  local condition, same
  for i, name in ipairs(names) do
    local greater = Q(name .. "__gt", values[i])
    if same then greater = same * greater end
    condition = condition and condition + greater or greater
    local equal = Q(name, values[i])
    same = same and same * equal or equal
  end
  return condition
end

local function key_of(names, row)
  local values = {}
  for i, name in ipairs(names) do values[i] = rawget(row, name) end
  return values
end

local function rows_of(apps, of)
  if type(of) == "string" then return apps:model(of).objects end
  if type(of) == "table" and rawget(of, "_meta") then return of.objects end
  local mt = type(of) == "table" and getmetatable(of)
  if mt and mt._class == "queryset" then return of end
  errors.raise("misuse", "apps:each takes the name of a model or a queryset, not %s", compat.show(of))
end

--- Calls fn with a list of rows after another, in the order of their keys, so that a table of any
--- size is worked through in little memory; progress is shown. The number of rows.
--- apps:each("Post", { batch = 500 }, function(posts) print(#posts, posts[1].title) end)
---@param of string|ryx.QuerySet the name of a model, or its rows
---@param options { batch?: integer }|nil how many rows at a time, 1000 when not given
---@param fn fun(rows: ryx.Model[])
---@return integer
function Apps:each(of, options, fn)
  options = options or {}
  errors.check_options(options, { batch = true }, "apps:each")
  errors.check_type(fn, "function", "apps:each")
  local size = options.batch or 1000
  errors.check_whole(size, 1, "apps:each: batch")
  local qs = rows_of(self, of)
  local names = {}
  for i, f in ipairs(qs.node.meta.key_fields) do names[i] = f.attname end
  qs = qs:order_by(compat.unpack(names))
  local total, done = self.progress and qs:count() or 0, 0
  local rows = qs:limit(size):all()
  while rows[1] do
    -- The function may give rows another key.
    local last, n = key_of(names, rows[#rows]), #rows
    fn(rows)
    done = done + n
    if self.progress then self.progress(done, total) end
    if n < size then break end
    rows = qs:filter(after(names, last)):limit(size):all()
  end
  return done
end

return M
