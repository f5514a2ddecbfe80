-- SPDX-License-Identifier: MIT
-- The public names of lua/ryx and the comment blocks above them, which types.lua writes
-- for editors and spec/lint/annotations.lua checks. A block is lines of `---`: what it
-- does, examples, then LuaCATS tags. From the root of the built tree:
--
--   names()     a list of { class, name, is_method, block, params, body, value }: `params`
--               are the function's own and `body` its text, nil where nobody knows them
--   classes()   blocks with @class or @alias: a list of { name, block, receiver }
local ryx = require "ryx"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local operation = require "ryx.migrations.operation"
local QuerySet = require("ryx.query").QuerySet

local M = {}

local files = {}
local function lines_of(path)
  if files[path] then return files[path] end
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  files[path] = lines
  return lines
end

local CODE = { "^local ", "^for ", "^print%(", "^[%w_.]+[({]", "^[%w_.]+:[%w_]+[({]", '^F"' }

-- Text and examples: what is indented, behind two spaces, or begins as code does.
local function add_text(block, text)
  local prose, example = text, nil
  if text:find("^  ") then
    prose, example = nil, text:sub(3)
  else
    for _, pattern in ipairs(CODE) do
      if text:find(pattern) then prose, example = nil, text end
    end
  end
  if prose and prose:find("%S  %S") then prose, example = prose:match("^(.-%S)%s%s+(.*)$") end
  if prose and prose ~= "" then block.prose[#block.prose + 1] = prose end
  if example then block.examples[#block.examples + 1] = example end
end

-- The block that ends above line i, or nil.
local function block_above(lines, i)
  local first = i
  while first > 1 and lines[first - 1]:find("^%s*%-%-%-") do first = first - 1 end
  if first == i then return nil end
  local block = { prose = {}, examples = {}, tags = {}, params = {}, lines = {} }
  for k = first, i - 1 do
    local text = lines[k]:match("^%s*%-%-%-(.*)$")
    local tag, rest = text:match("^@(%w+)%s*(.*)$")
    block.lines[#block.lines + 1] = "---" .. text:gsub("^ ", "")
    if not tag then
      add_text(block, (text:gsub("^ ", "")))
    else
      block.tags[#block.tags + 1] = { name = tag, text = rest, line = "---" .. text }
      if tag == "param" then block.params[#block.params + 1] = rest:match("^[%w_.]+") end
      block[tag] = true
    end
  end
  return block
end

local function words(text)
  local out = {}
  for word in text:gmatch("[%w_.]+") do out[#out + 1] = word end
  return out
end

local function range(lines, from, to)
  return table.concat(lines, "\n", from, to)
end

-- Parameters and text of a function that is there, which a factory may have made.
local function of_function(entry, fn)
  local info = debug.getinfo(fn, "Su")
  if info.what == "C" then return end
  entry.params = {}
  for i = 1, info.nparams do
    local name = debug.getlocal(fn, i)
    -- What is there to be refused.
    if name ~= "extra" then entry.params[#entry.params + 1] = name end
  end
  if info.isvararg then entry.params[#entry.params + 1] = "..." end
  entry.body = range(lines_of(info.source:sub(2)), info.linedefined, info.lastlinedefined)
end

-- Where a name is defined: as a function, in an assignment or a table, by a call. The
-- name of another thing of the file has no block.
local DEFINED = { "^function [%w_.]+[.:]%s%%(", "^local function %s%%(", "^[%w_.]+%%.%s = ", "^  %s = ",
  '^[%%w_.]+%%("%s"', '^local [%%w_]+ = [%%w_.]+%%("%s"' }

local function find(lines, name)
  for _, form in ipairs(DEFINED) do
    local pattern = form:gsub("%%%%", "%%"):gsub("%%s", name)
    for i, line in ipairs(lines) do
      local block = line:find(pattern) and block_above(lines, i)
      if block then return block end
    end
  end
end

-- A module that is a public name itself says what it is where it ends.
local function of_module(lines)
  return lines[#lines] == "return M" and block_above(lines, #lines) or nil
end

-- The file of a module.
local function path_of(module)
  local path = "lua/" .. module:gsub("%.", "/")
  local f = io.open(path .. ".lua")
  if f then f:close() end
  return path .. (f and ".lua" or "/init.lua")
end

local function upvalue(fn, wanted)
  for i = 1, 20 do
    local name, v = debug.getupvalue(fn, i)
    if name == wanted then return v end
  end
  error("ryx/init.lua has no " .. wanted)
end

-- What require "ryx" gives, but for the table of functions.
local function of_ryx(add)
  local names = upvalue(getmetatable(ryx).__index, "NAMES")
  for _, name in ipairs(compat.sorted_keys(names)) do
    local lines = lines_of(path_of(names[name][1]))
    local block = names[name][2] and find(lines, names[name][2]) or of_module(lines)
    local entry = { class = "ryx", name = name, value = ryx[name], block = block }
    if type(entry.value) == "function" then of_function(entry, entry.value) end
    add(entry)
  end
end

-- What files of migrations call m.
local function of_migrations(add)
  for _, name in ipairs(compat.sorted_keys(operation.constructors)) do
    local fn = operation.constructors[name]
    local lines = lines_of(debug.getinfo(fn, "S").source:sub(2))
    local entry = { class = "ryx.Migrations", name = name, value = fn, block = find(lines, name) }
    of_function(entry, fn)
    add(entry)
  end
end

local function of_methods(class, methods, add)
  for _, name in ipairs(compat.sorted_keys(methods)) do
    local fn = methods[name]
    if type(fn) == "function" and not name:find("^_") then
      local lines = lines_of(debug.getinfo(fn, "S").source:sub(2))
      local entry = { class = class, name = name, value = fn, is_method = true, block = find(lines, name) }
      of_function(entry, fn)
      table.remove(entry.params, 1)
      add(entry)
    end
  end
end

local function end_of(lines, i)
  if lines[i]:find(" end$") then return i end
  while lines[i] ~= "end" do i = i + 1 end
  return i
end

-- The functions of a table that has a class in its file.
local function of_receiver(class, lines, receiver, add)
  local is_inside = false
  for i, line in ipairs(lines) do
    local sign, name, params = line:match("^function " .. receiver .. "([.:])([%w_]+)%((.-)%)")
    if name then
      local entry = { class = class, name = name, is_method = true, block = block_above(lines, i),
        params = words(params), body = range(lines, i, end_of(lines, i)) }
      if sign == "." then table.remove(entry.params, 1) end
      add(entry)
    end
    name = line:match("^" .. receiver .. '%.([%w_]+) = [^"]')
    if name then add{ class = class, name = name, is_method = true, block = block_above(lines, i) } end
    if is_inside and line == "}" then is_inside = false end
    name = is_inside and line:match("^  ([%w_]+) = ")
    if name then add{ class = class, name = name, block = block_above(lines, i) } end
    if line == "local " .. receiver .. " = {" then is_inside = true end
  end
end

local function sources()
  local p, out = assert(io.popen("find lua -name '*.lua'")), {}
  for path in p:lines() do out[#out + 1] = path end
  p:close()
  table.sort(out)
  return out
end

function M.classes()
  local out = {}
  for _, path in ipairs(sources()) do
    local lines = lines_of(path)
    for i, line in ipairs(lines) do
      local block = not line:find("^%s*%-%-%-") and block_above(lines, i)
      if block and (block.class or block.alias) then
        for _, tag in ipairs(block.tags) do
          if tag.name == "class" or tag.name == "alias" then
            local receiver = line:match("^local ([%w_]+) = ") or line:match("^([%w_.]+) = ")
            table.insert(out, { name = tag.text:match("^[%w_.]+"), block = block, path = path,
              receiver = tag.name == "class" and receiver or nil })
            break
          end
        end
      end
    end
  end
  table.sort(out, function(a, b) return a.name < b.name end)
  return out
end

function M.names()
  local out = {}
  local function add(entry)
    local block = entry.block
    if not (block and (block.package or block.private)) and not entry.name:find("^_") then out[#out + 1] = entry end
  end
  of_ryx(add)
  of_migrations(add)
  of_methods("ryx.QuerySet", QuerySet, add)
  local own = {}
  for _, name in ipairs{ "asc", "desc", "at" } do own[name] = expr.methods[name] end
  of_methods("ryx.Expr", own, add)
  for _, class in ipairs(M.classes()) do
    if class.receiver and class.name ~= "ryx.Expr" then
      of_receiver(class.name, lines_of(class.path), class.receiver:gsub("%.", "%%."), add)
    end
  end
  return out
end

--- The names of expressions' methods that are lookups -> the lookup.
function M.comparisons()
  local names = {}
  for name in pairs(expr.methods) do names[name] = name == "eq" and "exact" or name:gsub("_$", "") end
  for _, name in ipairs{ "asc", "desc", "at", "set", "remove", "lookup" } do names[name] = nil end
  return names
end

function M.is_error_class(v)
  return v == errors.RyxError or type(v) == "table" and rawget(v, "parent") ~= nil
end

return M
