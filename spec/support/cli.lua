-- SPDX-License-Identifier: MIT
-- Programs under test: starts the ryx command, in a folder and an environment of its own, and says
-- what it wrote and how it ended.
local M = {}

local function quoted(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

local function read(path)
  local f = io.open(path, "rb")
  if not f then return nil end
  local s = f:read("*a")
  f:close()
  return s
end
M.read = read

--- Writes files below a folder, with the folders that they are in.
function M.write(folder, files)
  for name, text in pairs(files) do
    local path = folder .. "/" .. name
    os.execute("mkdir -p " .. quoted(path:match("^(.*)/")))
    local f = assert(io.open(path, "wb"))
    f:write(text)
    f:close()
  end
end

local root

-- All folders are below one, which is removed at the end of the process.
local function new_folder()
  if not root then
    local f = io.popen(("mktemp -d %s/ryx-cli-XXXXXX"):format(quoted(os.getenv "RYX_TEST_TMP" or "/tmp")))
    root = f:read("*l")
    f:close()
    M.guard = require("ryx.compat").guard(function() os.execute("rm -rf " .. quoted(root)) end)
  end
  local f = io.popen(("mktemp -d %s/XXXXXX"):format(quoted(root)))
  local path = f:read("*l")
  f:close()
  return path
end

--- A new folder with files: { ["ryx.lua"] = text, ["app/models.lua"] = text }.
function M.folder(files)
  local path = new_folder()
  M.write(path, files or {})
  return path
end

-- The environment of the tests says nothing of databases to the command.
local OWN = "env -u RYX_DATABASE_URL -u RYX_ENV -u NO_COLOR TERM=xterm"

local function environment(env)
  local words = { OWN }
  for name, value in pairs(env or {}) do
    words[#words + 1] = value and name .. "=" .. quoted(value) or "-u " .. name
  end
  return table.concat(words, " ")
end

local function command_line(options)
  local words = {}
  for i, word in ipairs(options) do words[i] = quoted(word) end
  return table.concat(words, " ")
end

local SECONDS = 60

-- Runs a line of shell inside the options' folder; its output, errors and exit code.
local function shell(line, options)
  local work = new_folder()
  M.write(work, { input = options.input or "" })
  os.execute(("cd %s && { %s; } <%s/input >%s/out 2>%s/err; echo $? >%s/code"):format(
    quoted(options.cwd or work), line, work, work, work, work))
  return { code = tonumber(read(work .. "/code")), out = read(work .. "/out"), err = read(work .. "/err") }
end

--- Runs ryx.  cli.run{ "migrate", "--plan", cwd = folder, env = { RYX_ENV = "test" }, input = "y\n" }
--- -> { code =, out =, err = }. `seconds`: it is interrupted then; `under`: a command in front of it;
--- `behind`: a line of shell behind it, "| head -1" (the code is still that of ryx).
function M.run(options)
  local limit = "timeout --kill-after=5 " .. SECONDS
  if options.seconds then
    limit = "timeout --preserve-status --kill-after=20 --signal=" .. (options.signal or "INT") .. " " .. options.seconds
  end
  local line = ("%s %s %s ryx %s"):format(environment(options.env), limit, options.under or "", command_line(options))
  if options.behind then
    line = ("bash -c %s"):format(quoted(line .. " " .. options.behind .. "; exit ${PIPESTATUS[0]}"))
  end
  return shell(line, options)
end

--- Runs ryx on a terminal of 80 columns and types: `typing` is a list of { text that is waited for,
--- what is typed then }, in order. -> { code =, out = all that the terminal got }
function M.terminal(options)
  local words = {}
  for _, step in ipairs(options.typing or {}) do
    words[#words + 1] = quoted(step[1]) .. " " .. quoted(step[2])
  end
  local helper = quoted(M.here .. "/spec/support/terminal.py")
  return shell(("%s python3 %s %s -- ryx %s"):format(environment(options.env), helper, table.concat(words, " "),
    command_line(options)), options)
end

local f = io.popen("pwd")
M.here = f:read("*l")
f:close()

return M
