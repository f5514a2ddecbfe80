-- SPDX-License-Identifier: MIT
-- Comments behind statements: qs:comment, and ryx.tag, which says of all statements of a
-- task where they come from, in the form of sqlcommenter.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local host = require "ryx.host"
local run = require "ryx.db.run"

local M = {}

-- As of the names that databases keep.
local LONGEST = 1000

--- Refuses what a comment cannot hold.
function M.check(text, what)
  errors.check_type(text, "string", what)
  if text:find("/*", 1, true) or text:find("*/", 1, true) or text:find("[%z\r\n]") or text:find("^%s*$") then
    errors.raise("misuse", "%s: a line of text without /* and */, not %s", what, compat.show(text))
  end
  if #text > LONGEST then errors.raise("misuse", "%s: %d bytes are too long, at most %d", what, #text, LONGEST) end
end

-- A comment in a description: its length is a LEB128 number.
local function described(text)
  local n = #text
  return "!" .. (n < 128 and string.char(n) or string.char(n % 128 + 128, math.floor(n / 128))) .. text
end

--- Puts a comment behind the SQL of a plan.
function M.add(plan, text)
  plan.description = plan.description .. described(" " .. text .. " ")
  plan.handle = run.compile(plan, plan.description)
end

local TAGGED_MAX = 64

-- The handle of a plan with the tags of the running task behind it, if it has any.
local function tagged(plan)
  local text = host.current().tag_text
  if not text then return nil end
  local handle = plan.tagged and plan.tagged[text]
  if handle then return handle end
  if not plan.tagged or plan.n_tagged == TAGGED_MAX then plan.tagged, plan.n_tagged = {}, 0 end
  handle = run.compile(plan, plan.description .. described(text))
  plan.tagged[text], plan.n_tagged = handle, plan.n_tagged + 1
  return handle
end

--- A text of the user's with those tags; behind a semicolon they would be another statement.
function M.text(sql)
  local tags = host.current().tag_text
  return tags and not sql:find(";%s*$") and sql .. " /*" .. tags .. "*/" or sql
end

local function encoded(s)
  return (s:gsub("[^%w%-_.~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local VALUES = { string = true, number = true, boolean = true }

-- Tags as they are sent, in the order of their names.
local function text_of(tags)
  local parts = {}
  for i, name in ipairs(compat.sorted_keys(tags)) do
    parts[i] = ("%s='%s'"):format(encoded(name), encoded(tostring(tags[name])))
  end
  local text = table.concat(parts, ",")
  if #text > LONGEST then errors.raise("misuse", "tag: %d bytes are too long, at most %d", #text, LONGEST) end
  return text ~= "" and text or nil
end

local function merged(before, tags)
  local all = {}
  for name, v in pairs(before or {}) do all[name] = v end
  for name, v in pairs(tags) do
    if type(name) ~= "string" or not name:find("^%l[%w_%-]*$") then
      errors.raise("misuse", "tag: %s is not a name: small letters, digits and _", compat.show(name))
    end
    if not VALUES[type(v)] then
      errors.raise("misuse", "tag: %s is a text, a number or false, not %s", name, compat.show(v))
    end
    all[name] = v ~= false and v or nil
  end
  return all
end

--- Tags of the running task: the statements that it sends from now on carry them as a
--- comment, and those of tasks that it starts. They are added to those it has; false
--- takes one away. With fn they hold while it runs, and what it returns is returned.
--- A text with other values is another statement: tag what has few, a route, not its id.
--- ryx.tag{ route = "/posts/:id", framework = "openresty" }
---   -> SELECT ... /*framework='openresty',route='%2Fposts%2F%3Aid'*/
---@param tags table<string, string|number|boolean>
---@param fn? fun(): any
---@return any ...
function M.tag(tags, fn)
  errors.check_type(tags, "table", "tag")
  local task = host.current()
  local before, text_before = task.tags, task.tag_text
  local all = merged(before, tags)
  task.tag_text, task.tags = text_of(all), all
  run.choose = tagged
  if fn == nil then return end
  local results = compat.pack(pcall(fn))
  task.tags, task.tag_text = before, text_before
  if not results[1] then error(results[2], 0) end
  return compat.unpack(results, 2, results.n)
end

return M
