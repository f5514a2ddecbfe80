-- SPDX-License-Identifier: MIT
--- ryx init: makes a project that works at once.
local errors = require "ryx.errors"

local M = {
  name = "init", help = "make a project: configuration, models, migrations",
  args = {
    { "name", metavar = "NAME", help = "the folder to make it in" },
  },
}

local CONFIG = [[
-- Databases, models and migrations of this project.
return {
  database = { url = "sqlite:app.db" },
  models = "models",
  migrations = "migrations",

  -- With RYX_ENV=test or --env test this stands in place of the same above.
  test = {
    database = { url = "sqlite:test.db" },
  },
}
]]

local MODELS = [[
local ryx = require "ryx"

local M = {}

M.Post = ryx.model("Post", {
  title      = ryx.CharField{ max_length = 200 },
  body       = ryx.TextField{ null = true },
  created_at = ryx.DateTimeField{ auto_now_add = true },
})

return M
]]

local function is_there(path)
  local f = io.open(path, "rb")
  if f then f:close() end
  return f ~= nil
end

function M.run(args, ctx)
  local folder = require "ryx.folder"
  local top = args.name:gsub("/+$", "")
  if top == "" then errors.raise("misuse", "a project needs a name") end
  local config, models, migrations = top .. "/ryx.lua", top .. "/models.lua", top .. "/migrations"
  for _, path in ipairs{ config, models, migrations } do
    if is_there(path) then errors.raise("misuse", "%s is there already: nothing was made", path) end
  end
  folder.make(migrations)
  folder.write_new(config, CONFIG)
  folder.write_new(models, MODELS)
  ctx.out:line("made %s, %s and %s/", config, models, migrations)
  ctx.out:line("next: cd %s && ryx makemigrations && ryx migrate", top)
  return 0
end

return M
