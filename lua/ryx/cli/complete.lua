-- SPDX-License-Identifier: MIT
-- Completions of shells, from the commands' tables of arguments.
local arguments = require "ryx.cli.arguments"

local M = {}

local FILES = { FILE = true, SCRIPT = true, ["FILE|-"] = true }

local function flags_of(rows)
  local out = {}
  for _, row in ipairs(rows) do
    for flag in arguments.is_flag(row) and row[1]:gmatch("%S+") or function() end do out[#out + 1] = flag end
  end
  return out
end

-- What may stand for a row's value: words, "files", "folders", or nil.
local function values_of(row)
  if row.choices then return row.choices end
  if FILES[row.metavar] then return "files" end
  return row.metavar == "DIR" and "folders" or nil
end

local function positional(rows)
  for _, row in ipairs(rows) do
    if not arguments.is_flag(row) then return row end
  end
end

local BASH_VALUES = { files = 'compgen -f -- "$current"', folders = 'compgen -d -- "$current"' }

local function bash_values(values)
  if values == nil then return ":" end
  local list = BASH_VALUES[values] or ('compgen -W "%s" -- "$current"'):format(table.concat(values, " "))
  return ("mapfile -t COMPREPLY < <(%s)"):format(list)
end

-- The lines of a case for each flag that takes a value.
local function bash_flags(lines, rows, indent)
  for _, row in ipairs(rows) do
    if arguments.is_flag(row) and arguments.takes_value(row) then
      lines[#lines + 1] = ("%s%s) %s; return ;;"):format(indent, row[1]:gsub("%s+", "|"), bash_values(values_of(row)))
    end
  end
end

local BASH_HEAD = [=[
# Completions of ryx for bash: source <(ryx completions bash)
_ryx() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command="" i
  COMPREPLY=()
  [[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD-2]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      @COMMON@) i=$((i + 1)) ;;
      -*) ;;
      *) command=${COMP_WORDS[i]}; break ;;
    esac
  done
  case $command in]=]

local function bash_command(lines, name, rows)
  lines[#lines + 1] = ("    %s)"):format(name)
  lines[#lines + 1] = "      case $before in"
  bash_flags(lines, rows, "        ")
  lines[#lines + 1] = "      esac"
  local first = positional(rows)
  if first and values_of(first) then
    lines[#lines + 1] = ("      [[ $current == -* ]] || { %s; return; }"):format(bash_values(values_of(first)))
  end
  lines[#lines + 1] = "      " .. bash_values(flags_of(rows)) .. " ;;"
end

-- The flags before the command that take a value: "-u|--url|..."
local function common_pattern()
  local out = {}
  for _, row in ipairs(arguments.COMMON) do
    if arguments.takes_value(row) then out[#out + 1] = row[1]:gsub("%s+", "|") end
  end
  return table.concat(out, "|")
end

local function names_of(commands)
  local out = {}
  for i, command in ipairs(commands) do out[i] = command.name end
  return out
end

function M.bash(commands)
  local lines = { (BASH_HEAD:gsub("@COMMON@", (common_pattern():gsub("%%", "%%%%")))) }
  for _, command in ipairs(commands) do bash_command(lines, command.name, arguments.rows(command.args)) end
  local words = names_of(commands)
  for _, flag in ipairs(flags_of(arguments.COMMON)) do words[#words + 1] = flag end
  words[#words + 1] = "help"
  lines[#lines + 1] = '    ""|help)\n      case $before in'
  bash_flags(lines, arguments.COMMON, "        ")
  lines[#lines + 1] = "      esac\n      " .. bash_values(words) .. " ;;"
  lines[#lines + 1] = "    *) " .. bash_values("files") .. " ;;"
  lines[#lines + 1] = "  esac\n}\ncomplete -F _ryx ryx"
  return table.concat(lines, "\n") .. "\n"
end

local function quoted(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

local ZSH_VALUES = { files = "_files", folders = "_files -/" }

local function zsh_value(row)
  local values = values_of(row)
  local what = type(values) == "table" and "(" .. table.concat(values, " ") .. ")" or ZSH_VALUES[values] or " "
  return (":%s:%s"):format(arguments.placeholder(row):gsub(":", "\\:"), what)
end

-- One word for _arguments: "*--rename[help]:OLD\:NEW: "
local function zsh_spec(row)
  local help = row.help:gsub("[%[%]:\\]", "\\%0")
  if not arguments.is_flag(row) then
    local value = zsh_value(row)
    return { quoted((row.repeats and "*" or row.optional and ":" or "") .. value) }
  end
  local out = {}
  for flag in row[1]:gmatch("%S+") do
    local others = row.repeats and "*" or "(" .. row[1] .. ")"
    local value = arguments.takes_value(row) and zsh_value(row) or ""
    out[#out + 1] = quoted(("%s%s[%s]%s"):format(others, flag, help, value))
  end
  return out
end

local function zsh_arguments(rows, indent)
  local out = {}
  for _, row in ipairs(rows) do
    for _, spec in ipairs(zsh_spec(row)) do out[#out + 1] = indent .. spec end
  end
  return table.concat(out, " \\\n")
end

function M.zsh(commands)
  local lines = { "#compdef ryx", "# Completions of ryx for zsh: source <(ryx completions zsh)", "_ryx() {",
    "  local curcontext=$curcontext state line", "  local -a commands=(" }
  for _, command in ipairs(commands) do
    lines[#lines + 1] = "    " .. quoted(command.name .. ":" .. command.help:gsub(":", "\\:"))
  end
  lines[#lines + 1] = "  )\n  _arguments -C \\\n" .. zsh_arguments(arguments.COMMON, "    ") ..
    " \\\n    '1:command:->command' '*::argument:->argument' && return\n  case $state in"
  lines[#lines + 1] = "    command) _describe command commands ;;\n    argument) case $words[1] in"
  for _, command in ipairs(commands) do
    lines[#lines + 1] = ("      %s) _arguments \\\n%s ;;"):format(command.name,
      zsh_arguments(arguments.rows(command.args), "        "))
  end
  lines[#lines + 1] = "    esac ;;\n  esac\n}"
  lines[#lines + 1] = 'if [ "$funcstack[1]" = _ryx ]; then _ryx "$@"; else compdef _ryx ryx; fi'
  return table.concat(lines, "\n") .. "\n"
end

local function fish_line(condition, row)
  local words = { "complete -c ryx", condition }
  for flag in row[1]:gmatch("%S+") do
    words[#words + 1] = flag:sub(1, 2) == "--" and "-l " .. flag:sub(3) or "-s " .. flag:sub(2)
  end
  local values = arguments.takes_value(row) and values_of(row)
  if type(values) == "table" then
    words[#words + 1] = "-xa " .. quoted(table.concat(values, " "))
  elseif values then
    words[#words + 1] = values == "files" and "-rF" or "-xa '(__fish_complete_directories)'"
  elseif arguments.takes_value(row) then
    words[#words + 1] = "-x"
  end
  words[#words + 1] = "-d " .. quoted(row.help)
  return table.concat(words, " ")
end

function M.fish(commands)
  local names = table.concat(names_of(commands), " ")
  local lines = { "# Completions of ryx for fish: ryx completions fish | source", "complete -c ryx -f" }
  local none = ("-n 'not __fish_seen_subcommand_from %s'"):format(names)
  for _, row in ipairs(arguments.COMMON) do lines[#lines + 1] = fish_line(none, row) end
  for _, command in ipairs(commands) do
    lines[#lines + 1] = ("complete -c ryx %s -a %s -d %s"):format(none, command.name, quoted(command.help))
  end
  for _, command in ipairs(commands) do
    local seen, rows = ("-n '__fish_seen_subcommand_from %s'"):format(command.name), arguments.rows(command.args)
    for _, row in ipairs(rows) do
      if arguments.is_flag(row) then lines[#lines + 1] = fish_line(seen, row) end
    end
    local values = positional(rows) and values_of(positional(rows))
    if type(values) == "table" then
      lines[#lines + 1] = ("complete -c ryx %s -a %s"):format(seen, quoted(table.concat(values, " ")))
    elseif values then
      lines[#lines + 1] = ("complete -c ryx %s -F"):format(seen)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
