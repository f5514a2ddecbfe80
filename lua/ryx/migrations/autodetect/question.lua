-- SPDX-License-Identifier: MIT
-- What only a person knows: was this renamed, what do old rows get? Answers come from flags, from a
-- file, or from somebody at a terminal.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local field_form = require "ryx.migrations.state.field_form"
local value_of = require "ryx.value"

local M = {}

--- The line that asks a question.
function M.text(q)
  if q.kind == "rename_model" then return ("Was the model %s renamed to %s?"):format(q.old, q.new) end
  if q.kind == "rename_field" then return ("Was %s.%s renamed to %s.%s?"):format(q.model, q.old, q.model, q.new) end
  return ("%s.%s may not be NULL and has no default: which value do rows get that are there?"):format(q.model, q.field)
end

--- How flags answer it.
function M.hint(q)
  if q.kind == "rename_model" then return ("--rename %s:%s, or --drop %s"):format(q.old, q.new, q.old) end
  if q.kind == "rename_field" then
    return ("--rename %s.%s:%s, or --drop %s.%s"):format(q.model, q.old, q.new, q.model, q.old)
  end
  return ("--default %s.%s=VALUE, or give the field a default or null = true"):format(q.model, q.field)
end

--- The same as data: what is not its own is absent.
function M.data(q)
  return { kind = q.kind, model = q.model, old = q.old, new = q.new, field = q.field }
end

local Answers = {}
Answers.__index = Answers

--- No answers yet. `ask(question)`, when given, asks a person: true or false of a rename, of a
--- default the text that was typed; nil of none.
function M.new(ask)
  return setmetatable({ rename = {}, default = {}, typed = {}, used = {}, flags = {}, ask = ask }, Answers)
end

local function refuse(what, text, form)
  errors.raise("misuse", "%s %s: it is %s", what, text, form)
end

--- --rename Model.old:new, --rename Old:New
function Answers:add_rename(text)
  local old, new = text:match("^([%w_.]+):([%w_.]+)$")
  local model = old and old:match("^([%w_]+)%.[%w_]+$")
  if model and new:find("^" .. model .. "%.") then new = new:sub(#model + 2) end
  if not old or new:find(".", 1, true) or old:find("%..*%.") then
    refuse("--rename", text, "Model.old:new of a field, Old:New of a model")
  end
  self.rename[old], self.flags[old] = new, "--rename " .. text
end

--- --drop Model.field, --drop Model: it is gone, and nothing new is what it was.
function Answers:add_drop(text)
  if not text:find("^[%w_]+$") and not text:find("^[%w_]+%.[%w_]+$") then
    refuse("--drop", text, "Model.field, or Model")
  end
  self.rename[text], self.flags[text] = false, "--drop " .. text
end

--- --default Model.field=VALUE
function Answers:add_default(text)
  local name, v = text:match("^([%w_]+%.[%w_]+)=(.*)$")
  if not name then refuse("--default", text, "Model.field=VALUE") end
  self.typed[name], self.flags[name] = v, "--default " .. text
end

local KNOWN = { rename = true, default = true }

local function check_file(path, data)
  if type(data) ~= "table" then
    errors.raise("misuse", "the answers in %s: the file returns %s; it returns { rename = { ... }, default = { ... } }",
      path, compat.show(data))
  end
  errors.check_options(data, KNOWN, "the answers in " .. path)
  for part in pairs(KNOWN) do
    if data[part] ~= nil then errors.check_type(data[part], "table", "the answers in " .. path .. ": " .. part) end
  end
  for name, new in pairs(data.rename or {}) do
    if type(name) ~= "string" or type(new) ~= "string" and new ~= false then
      errors.raise("misuse", "the answers in %s: rename: %s is a new name or false, not %s", path, compat.show(name),
        compat.show(new))
    end
  end
end

--- Takes what a file answers, a chunk of Lua that was compiled; flags count more.
function Answers:add_file(path, chunk)
  local ok, data = pcall(chunk)
  if not ok then errors.raise("misuse", "the answers in %s: %s", path, tostring(data)) end
  check_file(path, data)
  for name, new in pairs(data.rename or {}) do
    if self.rename[name] == nil then self.rename[name] = new end
  end
  for name, v in pairs(data.default or {}) do
    if self.default[name] == nil then self.default[name] = v end
  end
end

--- Has a thing of a name, or of the name that it had, an answer about its rename? The new name or
--- false, nil of none.
function Answers:renamed(name, earlier)
  for _, key in ipairs{ name, earlier } do
    if self.rename[key] ~= nil then
      self.used[key] = true
      return self.rename[key]
    end
  end
  return nil
end

--- Asks a person whether something was renamed: true, false, or nil when nobody answers.
function Answers:confirm(q)
  return self.ask and self.ask(q)
end

-- A text with quotes around it is what stands between them.
local function unquoted(text)
  return text:match('^"(.*)"$') or text:match("^'(.*)'$") or text
end

--- What was typed as a value of a field: value, or nil and a message.
function M.value(f, text)
  local v = unquoted(text)
  if f.type == "json" or f.type == "array" then
    local ok, document = pcall(value_of.json.decode, text)
    if ok then v = document elseif f.type == "array" then return nil, "Enter a list, as JSON." end
  end
  if f.relation then
    local n = tonumber(v)
    return n and compat.is_integer(n) and n or v
  end
  local value, problem = field_form.held(f, v)
  if problem then return nil, problem end
  if value == nil then return nil, "Enter a value." end
  return value
end

local function given(self, name)
  if self.typed[name] ~= nil then return self.typed[name], true end
  return self.default[name], false
end

--- The one-off value of a field for rows that are there, or nil when nobody answers. What does not
--- fit the field is an error, at a terminal another question.
function Answers:fill(f, q, earlier)
  for _, name in ipairs{ q.model .. "." .. q.field, earlier } do
    local v, is_typed = given(self, name)
    if v ~= nil then
      self.used[name] = true
      local value, problem = v, nil
      if is_typed then
        value, problem = M.value(f, v)
      elseif not f.relation then
        value, problem = field_form.held(f, v)
      end
      if problem then errors.raise("misuse", "the default of %s: %s: %s", name, compat.show(v), problem) end
      return value
    end
  end
  local problem
  while self.ask do
    local text = self.ask(q, problem)
    if text == nil then return nil end
    local value
    value, problem = M.value(f, text)
    if not problem then return value end
  end
end

--- The flags that answered nothing, sorted.
function Answers:unused()
  local list = {}
  for _, name in ipairs(compat.sorted_keys(self.flags)) do
    if not self.used[name] then list[#list + 1] = self.flags[name] end
  end
  return list
end

return M
