-- SPDX-License-Identifier: MIT
--- ryx makemigrations: writes what models have changed by as a new file of migrations.
local M = {
  name = "makemigrations", help = "write what models have changed by as a new migration",
  args = {
    { "--models", metavar = "MODULE", help = "the module of models, instead of the configured ones" },
    { "--dir", metavar = "DIR", help = "the folder of migrations" },
    { "--name", metavar = "N", help = "call the file NNNN_N.lua" },
    { "--check", help = "exit 1 when models have changed; write and ask nothing" },
    { "--dry-run", help = "print the file, write nothing" },
    { "--json", help = "print the result as JSON" },
    { "--merge", help = "join branches of migrations that may be applied in either order" },
    { "--squash", help = "write one file that stands for all there are" },
    { "--rename", metavar = "OLD:NEW", repeats = true, help = "Model.old:new or Old:New: this was renamed" },
    { "--drop", metavar = "NAME", repeats = true, help = "Model.field or Model: this is gone, nothing was renamed" },
    { "--default", metavar = "NAME=VALUE", repeats = true, help = "Model.field=VALUE: what rows get that are there" },
    { "--answers", metavar = "FILE", help = "a file of Lua that answers: return { rename = {}, default = {} }" },
  },
  project = "definitions",
}

local OPEN = 3 -- a question is open

local function yes_or_no(out, text)
  while true do
    local line = out:ask(text .. " [y/n] ")
    local letter = line and line:lower():match("^%s*([yn])")
    if line == nil or letter then return letter and letter == "y" end
  end
end

local function typed(out, text)
  while true do
    local line = out:ask(text .. "\n> ")
    if line == nil or line:find("%S") then return line end
  end
end

-- Who is asked: somebody at a terminal, else nobody.
local function asker(args, out)
  if args.check or args.json or not out:is_terminal("stdin") or not out:is_terminal("stderr") then return nil end
  local question = require "ryx.migrations.autodetect.question"
  return function(q, problem)
    if q.kind ~= "default" then return yes_or_no(out, question.text(q)) end
    return typed(out, (problem and problem .. "\n" or "") .. question.text(q))
  end
end

local function add_file(answers, path)
  local compat, errors, folder = require "ryx.compat", require "ryx.errors", require "ryx.folder"
  local chunk, problem = compat.load(folder.read(path), "@" .. path, setmetatable({}, { __index = _G }))
  if not chunk then errors.raise("misuse", "the answers in %s: %s", path, problem) end
  answers:add_file(path, chunk)
end

local function answers_of(args, out)
  local answers = require("ryx.migrations.autodetect.question").new(asker(args, out))
  for _, text in ipairs(args.rename or {}) do answers:add_rename(text) end
  for _, text in ipairs(args.drop or {}) do answers:add_drop(text) end
  for _, text in ipairs(args.default or {}) do answers:add_default(text) end
  if args.answers then add_file(answers, args.answers) end
  return answers
end

local LOSES = { remove_field = "its values are lost", delete_model = "its rows are lost" }

local function describe(op)
  local loss = LOSES[op.kind]
  if op.kind == "alter_model" and op.options.database ~= nil then loss = "its rows stay behind and are lost" end
  return op:describe() .. (loss and (" (%s)"):format(loss) or "")
end

local function list(items, fn)
  local out = require("ryx.value").json.array{}
  for i, item in ipairs(items) do out[i] = fn(item) end
  return out
end

local function plain(op) return op:describe() end

-- Questions that nobody answered: there is no file.
local function report_open(questions, args, out)
  local question = require "ryx.migrations.autodetect.question"
  if args.json then
    out:json{ questions = list(questions, question.data) }
  else
    for _, q in ipairs(questions) do out:err("%s\n  %s", question.text(q), question.hint(q)) end
    out:err("Nothing is written: answer by flags, or in a file by --answers FILE.")
  end
  return OPEN
end

local function report_check(file, questions, operations, args, out)
  if args.json then
    out:json{ changes = operations[1] ~= nil, operations = list(operations, plain),
      questions = list(questions, require("ryx.migrations.autodetect.question").data) }
  elseif not operations[1] then
    out:line("No changes.")
  else
    out:line("Models have changed, and no migration says so:")
    for _, op in ipairs(file and operations or {}) do out:line("  %s", op:describe()) end
    for _, q in ipairs(questions) do out:line("  %s", require("ryx.migrations.autodetect.question").text(q)) end
  end
  return operations[1] and 1 or 0
end

local function report_nothing(text, args, out)
  if args.json then
    out:json{ changes = false, operations = list({}) }
  else
    out:line("%s", text)
  end
  return 0
end

-- Writes a file, or shows it.
local function finish(graph, file, args, out)
  if not args.dry_run then require("ryx.migrations.files.make").write(graph, file) end
  if args.json then
    out:json{
      changes = true, name = file.name, file = file.path, operations = list(file.operations, plain),
      text = args.dry_run and file.text or nil,
    }
    return 0
  end
  out:line("%s", file.path)
  for _, op in ipairs(args.dry_run and {} or file.operations) do out:line("  %s", describe(op)) end
  if args.dry_run then out:write("\n" .. file.text) end
  return 0
end

local function changes(graph, ctx, args, out)
  require("ryx.cli.project").check_models(ctx.project)
  local answers = answers_of(args, out)
  local file, questions, operations = require("ryx.migrations.files.make").changes(graph, ctx.project.models, answers,
    args.name)
  for _, flag in ipairs(answers:unused()) do out:err("%s answers no question.", flag) end
  if args.check then return report_check(file, questions, operations, args, out) end
  if questions[1] then return report_open(questions, args, out) end
  if not file then return report_nothing("No changes.", args, out) end
  return finish(graph, file, args, out)
end

-- The first migration makes its folder; beside the folder of the configuration none is the first.
local function is_first(args, ctx)
  if args.merge or args.squash then return false end
  return not args.dir or not require("ryx.folder").names(ctx.project.config.own_migrations)
end

function M.run(args, ctx)
  local out, make = ctx.out, require "ryx.migrations.files.make"
  local graph = require("ryx.cli.project").graph(ctx.project, is_first(args, ctx))
  if args.merge then
    local file = make.merge(graph, args.name)
    if not file then return report_nothing("There is nothing to merge: the migrations have one end.", args, out) end
    return finish(graph, file, args, out)
  end
  if args.squash then
    local file = make.squash(graph, args.name)
    if not file then return report_nothing("There is nothing to squash.", args, out) end
    return finish(graph, file, args, out)
  end
  return changes(graph, ctx, args, out)
end

return M
