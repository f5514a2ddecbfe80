-- SPDX-License-Identifier: MIT
-- A project of its own on the database of the tests, for commands that read and write rows.
local cli = require "support.cli"
local M = {}

M.url = os.getenv "RYX_TEST_URL" or "sqlite:" .. os.tmpname()

local HEAD = 'local ryx = require "ryx"\nlocal models = {}\n'

--- A folder with models (text of Lua that adds to `models`) whose tables are made.
function M.project(text, url)
  local folder = cli.folder{
    ["ryx.lua"] = ('return { database = { url = %q }, models = "models" }\n'):format(url or M.url),
    ["models.lua"] = HEAD .. text .. "\nreturn models\n",
  }
  M.lua(folder, [[
    local db, run, list = require "ryx.db", require "ryx.db.run", {}
    local alias = db.alias("default")
    for _, model in pairs(models) do list[#list + 1] = model end
    local groups = require("ryx.migrations.schema.by_alias").group(list)
    local dialect = run.dialect(alias)
    local function each_table(fn)
      for _, meta in ipairs(groups[alias].metas) do fn(db.quote(alias, meta.table_name), meta.table_name) end
    end
    -- Keys may lead in circles.
    if dialect:find("^m") then
      each_table(function(quoted, name)
        for _, key in ipairs(ryx.raw_fetch("SELECT constraint_name AS name FROM information_schema.table_constraints "
            .. "WHERE constraint_type = 'FOREIGN KEY' AND table_schema = DATABASE() AND table_name = ?", { name })) do
          ryx.raw_execute("ALTER TABLE " .. quoted .. " DROP FOREIGN KEY " .. db.quote(alias, key.name))
        end
      end)
    end
    ryx.transaction(function()
      if dialect == "sqlite" then ryx.raw_fetch("SELECT ryx_foreign_keys(0)") end
      if not dialect:find("^m") then
        each_table(function(quoted)
          ryx.raw_execute("DROP TABLE IF EXISTS " .. quoted .. (dialect == "postgres" and " CASCADE" or ""))
        end)
      end
      if dialect == "sqlite" then ryx.raw_fetch("SELECT ryx_foreign_keys(1)") end
    end)
    if dialect:find("^m") then
      each_table(function(quoted) ryx.raw_execute("DROP TABLE IF EXISTS " .. quoted) end)
    end
    ryx.migrate(list)
  ]])
  return folder
end

--- Runs Lua in a project: what it prints. `ryx` and `models` are there.
function M.lua(folder, text)
  local head = 'local ryx, models = require "ryx", require "models"\n'
  local r = cli.run{ "run", "-", cwd = folder, input = head .. text }
  assert(r.code == 0, r.err)
  return r.out
end

return M
