-- SPDX-License-Identifier: MIT
-- Migrations as files of Lua, as a person would write them.
local errors = require "ryx.errors"
local layout = require "ryx.migrations.writer.layout"
local literal = require "ryx.migrations.writer.literal"
local run = require "ryx.migrations.operation.run"
local source = require "ryx.migrations.writer.source"
local spell = require "ryx.migrations.writer.spell"
local spell_field = require "ryx.migrations.writer.spell_field"
local value_of = require "ryx.value"

local M = {}

local function text(v) return literal.value(v) end

-- { fill = value } of an operation with a field, nil when there is none.
local function fill(op)
  local label = op.model .. "." .. op.name
  local v = op.fill[label]
  if v == nil then return nil end
  local piece = value_of.is_expression(v) and spell.of(v, label) or text(v)
  if not piece then errors.raise("unsupported", "%s: the value for rows that are there cannot be written", label) end
  return layout.group("{", { layout.behind("fill = ", piece) }, "}")
end

local function with_field(op)
  return { text(op.model), text(op.name), spell_field.field(op.field, op.model .. "." .. op.name), fill(op) }
end

local function with_item(op) return { text(op.model), spell_field.item(op.item, op.model) } end
local function with_name(op) return { text(op.model), text(op.name) } end
local function with_lists(op) return { text(op.model), text(op.lists) } end
local function with_names(op) return { text(op.old), text(op.new) } end

local function statements(list)
  if list == nil then return nil end
  if list[1] == nil then return "m.noop" end
  return text(list[2] and list or list[1])
end

-- The arguments of each kind of operation.
local ARGUMENTS = {
  create_model = function(op) return { text(op.model), spell_field.definition(op.record) } end,
  delete_model = function(op) return { text(op.model) } end,
  rename_model = with_names,
  alter_model = function(op) return { text(op.model), text(op.options) } end,
  add_field = with_field, alter_field = with_field, remove_field = with_name,
  rename_field = function(op) return { text(op.model), text(op.old), text(op.new) } end,
  add_index = with_item, remove_index = with_name, add_constraint = with_item, remove_constraint = with_name,
  alter_unique_together = with_lists, alter_index_together = with_lists,
  run_sql = function(op) return { statements(op.forwards) or "m.noop", statements(op.backwards) } end,
}

local INDENT = 4 -- of operations in a file

-- A function of the user's is the text of its file, or, where that says too little alone, what the
-- whole file makes.
local function run_lua(op, kept)
  local items = {}
  for i, fn in ipairs{ op.forwards, op.backwards } do
    local found = fn == run.noop and "m.noop" or source.of(fn)
    if not found then
      if kept then return kept(op) end
      errors.raise("unsupported", "a function of run_lua cannot be written into a migration")
    end
    items[i] = source.moved(found, INDENT)
  end
  return "m.run_lua(" .. table.concat(items, ", ") .. ")"
end

--- An operation. `kept(op)` gives the text of one of run_lua whose functions cannot stand alone.
function M.operation(op, kept)
  if op.kind == "run_lua" then return run_lua(op, kept) end
  return layout.group("m." .. op.kind .. "(", ARGUMENTS[op.kind](op), ")")
end

local function names(list)
  local items = {}
  for i, name in ipairs(list) do items[i] = text(name) end
  return layout.group("{", items, "}")
end

local function operations(list, kept)
  if not list[1] then return "  operations = {}," end
  local lines = { "  operations = {" }
  for _, op in ipairs(list) do
    lines[#lines + 1] = (" "):rep(INDENT) .. layout.text(M.operation(op, kept), INDENT) .. ","
  end
  lines[#lines + 1] = "  },"
  return table.concat(lines, "\n")
end

local REQUIRE = 'local %s = require "%s"'

--- The text of a file: { dependencies, operations, replaces }; kept(op) and before (texts ahead of
--- it) are of files/squash.lua.
function M.file(migration)
  local body = operations(migration.operations, migration.kept)
  local lines = {}
  if body:find("ryx.", 1, true) then lines[1] = REQUIRE:format("ryx", "ryx") end
  lines[#lines + 1] = REQUIRE:format("m", "ryx.migrations") .. "\n"
  for _, part in ipairs(migration.before or {}) do lines[#lines + 1] = part end
  lines[#lines + 1] = "return m.migration{"
  for _, part in ipairs{ "dependencies", "replaces" } do
    local piece = migration[part] and migration[part][1] and layout.behind(part .. " = ", names(migration[part]))
    if piece then lines[#lines + 1] = "  " .. layout.text(piece, 2) .. "," end
  end
  lines[#lines + 1] = body
  lines[#lines + 1] = "}\n"
  return table.concat(lines, "\n")
end

M.field, M.value, M.item, M.definition = spell_field.field, literal.value, spell_field.item, spell_field.definition

return M
