-- SPDX-License-Identifier: MIT
-- Every command that works on a database, with every way in which there is none.
local cli = require "support.cli"

-- Those that need none, or go without.
local FREE = { init = true, run = true, completions = true, version = true }

-- A command with a word for each argument that it must have.
local function words_of(name)
  local words = { name }
  local usage = cli.run{ name, "--help" }.out:match("^usage: ryx %S+([^\n]*)"):gsub("%b[]", "")
  for _ in usage:gmatch("%S+") do words[#words + 1] = "x" end
  return words
end

local OK = 'return { database = { url = "sqlite:a.db" }, models = "models" }'
local WAYS = {
  { "nothing is configured", files = {}, says = "say --" },
  { "a configuration that is no Lua", files = { ["ryx.lua"] = "return {" }, says = "ryx.lua:1:" },
  { "a configuration that fails", files = { ["ryx.lua"] = "error('boom')" }, says = "ryx.lua:1: boom" },
  { "a configuration with a wrong key", files = { ["ryx.lua"] = "return { url = 'x' }" }, says = 'unknown key "url"' },
  { "a configuration that is not there", files = {}, words = { "--config", "none.lua" }, says = "none.lua" },
  { "a section that is not there", files = {}, env = { RYX_ENV = "nowhere" }, says = 'RYX_ENV is "nowhere"' },
  { "an unknown scheme", files = {}, words = { "--url", "nosql://me:secret@h/d" }, says = "nosql" },
  { "a wrong option", files = {}, env = { RYX_DATABASE_URL = "sqlite:a.db?max_conns=3" }, says = "max_conns" },
}
local MODEL_WAYS = {
  { "models that are not there", files = { ["ryx.lua"] = OK }, says = 'no module "models"' },
  { "models that are no Lua", files = { ["ryx.lua"] = OK, ["models.lua"] = "x =" }, says = "models.lua:1:" },
  { "models that fail", files = { ["ryx.lua"] = OK, ["models.lua"] = "local x = nil .. 1" }, says = "models.lua:1:" },
}

local function fails(words, way)
  local all = { cwd = cli.folder(way.files), env = way.env }
  for _, word in ipairs(words) do all[#all + 1] = word end
  for _, word in ipairs(way.words or {}) do all[#all + 1] = word end
  local r = cli.run(all)
  assert.equal(1, r.code)
  assert.equal("", r.out)
  assert.truthy(r.err:find("^ryx: "))
  assert(r.err:find(way.says, 1, true), r.err)
  assert.falsy(r.err:find("traceback", 1, true))
  assert.falsy(r.err:find("secret", 1, true))
end

for name in cli.run{}.out:match("commands:\n(.-)\n\n"):gmatch("\n?  (%l[%w]*)  ") do
  if not FREE[name] then
    describe("ryx " .. name .. " exits with 1:", function()
      local words = words_of(name)
      for _, way in ipairs(WAYS) do
        it(way[1], function() fails(words, way) end)
      end
    end)
  end
end

describe("ryx run exits with 1:", function()
  for _, way in ipairs(MODEL_WAYS) do
    it(way[1], function()
      way.files["s.lua"] = ""
      fails({ "run", "s.lua" }, way)
    end)
  end
end)
