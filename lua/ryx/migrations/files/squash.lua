-- SPDX-License-Identifier: MIT
-- Many migrations as one: between what the user does to rows himself only the difference counts.
local autodetect = require "ryx.migrations.autodetect"
local folder = require "ryx.folder"
local question = require "ryx.migrations.autodetect.question"
local source = require "ryx.migrations.writer.source"
local state = require "ryx.migrations.state"

local M = {}

local IS_RUN = { run_sql = true, run_lua = true }
local IS_RENAME = { rename_model = true, rename_field = true }

-- Does a list take something away and make it again? Then rows lose what the difference would keep.
local function comes_back(operations)
  local gone = {}
  for _, op in ipairs(operations) do
    local name = op.model and op.model .. "." .. (op.name or "")
    if op.kind == "remove_field" or op.kind == "delete_model" then gone[name] = true end
    if (op.kind == "add_field" or op.kind == "create_model") and gone[name] then return true end
  end
  return false
end

local function has_rename(operations)
  for _, op in ipairs(operations) do
    if IS_RENAME[op.kind] then return true end
  end
  return false
end

local function fills(operations)
  local answers = question.new()
  answers.ask = function(q)
    if q.kind ~= "default" then return false end
  end
  for _, op in ipairs(operations) do
    for label, v in pairs(op.fill or {}) do answers.default[label] = v end
  end
  return answers
end

-- Operations that do the same as these, from a state on, and fewer where that is possible.
local function optimised(before, operations)
  local after = before
  for _, op in ipairs(operations) do after = op:apply(after) end
  local is_first = before:names()[1] == nil
  if not is_first and (has_rename(operations) or comes_back(operations)) then return operations, after end
  local fewer, questions = autodetect.run(before, after, fills(operations))
  if questions[1] or #fewer > #operations then return operations, after end
  return fewer, after
end

--- The operations of files, as few as do the same; those of the user stay as they are and where
--- they are. The second result says of each of these what file it is of and its place there.
function M.operations(files)
  local out, origin, waiting, now = {}, {}, {}, state.new()
  local function finish()
    local fewer
    fewer, now = optimised(now, waiting)
    for _, op in ipairs(fewer) do out[#out + 1] = op end
    waiting = {}
  end
  for _, file in ipairs(files) do
    for i, op in ipairs(file.operations) do
      if IS_RUN[op.kind] then
        finish()
        out[#out + 1], origin[op] = op, { file = file, i = i }
      else
        waiting[#waiting + 1] = op
      end
    end
  end
  finish()
  return out, origin
end

--- What writer.file takes besides for functions that cannot stand alone: the whole file that they
--- are of becomes a part of the new one.
function M.keeper(origin)
  local before, seen = {}, {}
  local function kept(op)
    local file = origin[op].file
    local name = "from_" .. file.name
    if not seen[file] then
      seen[file] = true
      local text = source.moved("\n" .. folder.read(file.path):gsub("%s+$", ""), 2)
      before[#before + 1] = ("local %s = (function()%s\nend)()\n"):format(name, text)
    end
    return ("%s.operations[%d]"):format(name, origin[op].i)
  end
  return kept, before
end

return M
