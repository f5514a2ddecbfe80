-- SPDX-License-Identifier: MIT
-- The ryx command as a process, the fastest of some: the second column is the limit.
local measure = require "measure"

local TIMES = 25

local function fastest(command)
  local best = math.huge
  for _ = 1, TIMES do
    best = math.min(best, measure.time(function()
      local ok = os.execute(command)
      assert(ok == true or ok == 0, command)
    end))
  end
  return best * 1000
end

local function row(what, command, limit_ms)
  local took = fastest(command .. " >/dev/null")
  measure.row(what, ("%.1f ms"):format(took), ("%d ms"):format(limit_ms), took / limit_ms, 1)
end

local FILES = {
  ["ryx.lua"] = 'return { database = { url = "sqlite:app.db" }, models = "models" }',
  ["models.lua"] = 'local ryx = require "ryx"\nryx.model("Post", { title = ryx.CharField{ max_length = 80 } })',
}

-- A project whose models are in its database.
local function project()
  local f = io.popen "mktemp -d"
  local folder = f:read "*l"
  f:close()
  for name, text in pairs(FILES) do
    f = assert(io.open(folder .. "/" .. name, "w"))
    f:write(text, "\n")
    f:close()
  end
  local ok = os.execute(("cd %s && { ryx makemigrations && ryx migrate; } >/dev/null"):format(folder))
  assert(ok == true or ok == 0)
  return folder
end

return function()
  row("ryx version", "ryx version", 15)
  local folder = project()
  row("ryx migrate, nothing to do, SQLite", ("cd %s && ryx migrate"):format(folder), 60)
  os.execute("rm -rf " .. folder)
end
