-- SPDX-License-Identifier: MIT
-- One file of migrations: loaded, and known again by its bytes.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local folder = require "ryx.folder"

local M = {}

-- Two remainders of the bytes as one long number. Four bytes are taken at once, and no product
-- passes 2^53, so that every Lua counts the same.
local PRIMES = { { 4294967291, 65599 }, { 4294967279, 131071 } }

--- What tells bytes from others: 16 hexadecimal digits.
function M.checksum(text)
  local a, b = #text, #text
  local p, q = PRIMES[1], PRIMES[2]
  for i = 1, #text, 2 do
    local low, high = text:byte(i, i + 1)
    local word = low + (high or 0) * 256
    a = (a * p[2] + word) % p[1]
    b = (b * q[2] + word) % q[1]
  end
  return ("%08x%08x"):format(a, b)
end

local function refuse(path, message, ...)
  errors.raise("misuse", "the migration %s %s", path, message:format(...))
end

-- Names of other migrations, where there are any.
local function check_names(path, list, what)
  if list == nil then return {} end
  if type(list) ~= "table" then refuse(path, "has %s that are no list: %s", what, compat.show(list)) end
  for _, name in ipairs(list) do
    if type(name) ~= "string" then refuse(path, "names %s among its %s, which are names", compat.show(name), what) end
  end
  return list
end

local function check_operations(path, list)
  if type(list) ~= "table" then refuse(path, "gives no operations: it returns m.migration{ operations = { ... } }") end
  for i, op in ipairs(list) do
    if type(op) ~= "table" or type(op.apply) ~= "function" then
      refuse(path, "has %s as its operation %d, which is none", compat.show(op), i)
    end
  end
  return list
end

--- What a file says, under the name that others call it by.
function M.of(name, path, migration, text)
  if type(migration) ~= "table" then
    refuse(path, "returns %s; it returns m.migration{ ... }", migration == nil and "nothing" or compat.show(migration))
  end
  return {
    name = name, path = path,
    dependencies = check_names(path, migration.dependencies, "dependencies"),
    operations = check_operations(path, migration.operations),
    replaces = migration.replaces and check_names(path, migration.replaces, "replaces"),
    checksum = M.checksum(text or ""),
  }
end

-- What went wrong in a file, without its folder before the line.
local function reason(err)
  return (tostring(errors.is_error(err) and err.message or err):gsub("\n.*", ""))
end

--- Loads a file: { name, path, dependencies, operations, replaces, checksum }. What it sets stays
--- its own.
function M.load(path)
  local text = folder.read(path)
  local chunk, problem = compat.load(text, "@" .. path, setmetatable({}, { __index = _G }))
  if not chunk then refuse(path, "cannot be read: %s", reason(problem)) end
  local ok, migration = pcall(chunk)
  if not ok then refuse(path, "fails: %s", reason(migration)) end
  return M.of(path:match("([^/]+)%.lua$"), path, migration, text)
end

return M
