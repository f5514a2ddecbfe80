-- SPDX-License-Identifier: MIT
-- A new file of migrations: what models and files differ by, branches joined, many files as one.
local autodetect = require "ryx.migrations.autodetect"
local errors = require "ryx.errors"
local folder = require "ryx.folder"
local merge = require "ryx.migrations.files.merge"
local operation = require "ryx.migrations.operation"
local squash = require "ryx.migrations.files.squash"
local state = require "ryx.migrations.state"
local writer = require "ryx.migrations.writer"

local M = {}

local LONGEST = 80

-- The name of the next file, without its folder.
local function stem(graph, name, slug)
  if name and not name:find("^[%w_]+$") then
    errors.raise("misuse", "--name %s: a name has letters, digits and underscores", name)
  end
  return graph:next_number() .. "_" .. (name or slug:sub(1, LONGEST))
end

-- A file that is not written yet.
local function new_file(graph, name, migration)
  return {
    name = name, path = graph.dir .. "/" .. name .. ".lua", operations = migration.operations,
    text = writer.file(migration),
  }
end

--- What models need that no file does: a new file { name, path, text, operations }, nil when there
--- is nothing; and the questions that are open, with which there is no file.
function M.changes(graph, models, answers, name)
  local head, before = graph:head(), graph:state()
  local operations, questions = autodetect.run(before, state.from_models(models), answers)
  if questions[1] then return nil, questions, operations end
  if not operations[1] then return nil, questions, operations end
  local slug = head and operation.slug(operations, before) or "initial"
  local migration = { dependencies = { head }, operations = operations }
  return new_file(graph, stem(graph, name, slug), migration), questions, operations
end

--- A file that joins the ends of a graph; nil when there is one end.
function M.merge(graph, name)
  local heads = merge.heads(graph)
  if not heads[2] then return nil end
  local slugs = {}
  for i, head in ipairs(heads) do slugs[i] = head:gsub("^%d+_", "") end
  return new_file(graph, stem(graph, name, "merge_" .. table.concat(slugs, "_")), {
    dependencies = heads, operations = {},
  })
end

--- A file that stands for all others; nil when there is none but one.
function M.squash(graph, name)
  graph:head()
  local files, replaces = graph:order(), {}
  if not files[2] then return nil end
  for i, file in ipairs(files) do replaces[i] = file.name end
  local operations, origin = squash.operations(files)
  local kept, before = squash.keeper(origin)
  return new_file(graph, stem(graph, name, "squashed"), {
    replaces = replaces, operations = operations, kept = kept, before = before,
  })
end

--- Writes a new file, in a folder that is made when it is not there.
function M.write(graph, file)
  folder.make(graph.dir)
  folder.write_new(file.path, file.text)
end

return M
