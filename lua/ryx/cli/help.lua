-- SPDX-License-Identifier: MIT
-- Help: of the whole command, and of one of its commands.
local arguments = require "ryx.cli.arguments"

local M = {}

local WIDTH, MARGIN = 80, 26

-- Words of a text in lines of at most `width` letters.
local function wrap(text, width)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if line ~= "" and #line + 1 + #word > width then
      lines[#lines + 1] = line
      line = ""
    end
    line = line == "" and word or line .. " " .. word
  end
  lines[#lines + 1] = line
  return lines
end

--- A row of two columns: what is written, and what it means.
function M.row(label, text)
  local lines = wrap(text, WIDTH - MARGIN)
  local first = "  " .. label
  if #first > MARGIN - 2 then table.insert(lines, 1, "") end
  lines[1] = (first .. (" "):rep(MARGIN - #first) .. lines[1]):gsub("%s+$", "")
  return table.concat(lines, "\n" .. (" "):rep(MARGIN))
end

--- "-q, --query EXPR"
function M.label(row)
  local names = row[1]:gsub("%s+", ", ")
  if not arguments.is_flag(row) then return arguments.placeholder(row) end
  if not arguments.takes_value(row) then return names end
  return names .. " " .. arguments.placeholder(row)
end

local function positional(row)
  local name = arguments.placeholder(row)
  if row.repeats then name = name .. "..." end
  return row.optional and "[" .. name .. "]" or name
end

--- "ryx run [OPTIONS] SCRIPT [ARGUMENTS]"
function M.usage(command)
  local words = { "ryx", command.name, "[OPTIONS]" }
  if type(command.args) == "string" then return ("ryx %s %s"):format(command.name, command.args) end
  for _, row in ipairs(command.args) do
    if not arguments.is_flag(row) then words[#words + 1] = positional(row) end
  end
  if command.verbatim then words[#words + 1] = "[ARGUMENTS]" end
  return table.concat(words, " ")
end

--- A command's line of help as a sentence without its stop.
function M.sentence(text)
  return (text:gsub("^%l", string.upper))
end

--- The help of one command.
function M.command(command)
  local lines = { "usage: " .. M.usage(command), "", M.sentence(command.help) .. ".", "" }
  local rows = type(command.args) == "table" and command.args or {}
  for _, row in ipairs(rows) do
    if not arguments.is_flag(row) then lines[#lines + 1] = M.row(M.label(row), row.help) end
  end
  for _, row in ipairs(arguments.rows(rows)) do
    if arguments.is_flag(row) then lines[#lines + 1] = M.row(M.label(row), row.help) end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- The help of all.
function M.all(commands)
  local lines = { "usage: ryx COMMAND [OPTIONS]", "", "commands:" }
  for _, command in ipairs(commands) do lines[#lines + 1] = M.row(command.name, command.help) end
  lines[#lines + 1] = "\nwith every command:"
  for _, row in ipairs(arguments.COMMON) do lines[#lines + 1] = M.row(M.label(row), row.help) end
  lines[#lines + 1] = "\n`ryx COMMAND --help` says what a command takes."
  return table.concat(lines, "\n") .. "\n"
end

return M
