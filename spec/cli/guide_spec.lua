-- SPDX-License-Identifier: MIT
-- Guides of the command, as they stand: their files are written, their commands run in order, and
-- print what stands below them. A line "..." is any number of lines.
local cli = require "support.cli"

local PAGES = { "docs/guide/cli.md", "docs/guide/migrations.md", "docs/guide/deployment.md" }

local function quoted(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

-- "a\n...\n" as a pattern.
local function pattern(text)
  return "^" .. text:gsub("%p", "%%%0"):gsub("%%%.%%%.%%%.\n", ".*") .. "$"
end

-- The commands of a block, each with what it prints.
local function commands_of(block)
  local out = {}
  for line in block:gmatch("([^\n]*)\n") do
    local command = line:match("^%$ (.+)$")
    if command then
      out[#out + 1] = { command = command, text = "" }
    else
      out[#out].text = out[#out].text .. line .. "\n"
    end
  end
  return out
end

local function follow(page)
  local folder, at = cli.folder(), "."

  local function run(command)
    at = command:match("^cd (%S+)$") and at .. "/" .. command:match("^cd (%S+)$") or at
    local f = io.popen(("cd %s/%s && bash -c %s 2>&1"):format(folder, at, quoted(command:gsub("^cd .*", ":"))))
    local text = f:read("*a")
    f:close()
    return text
  end

  for language, block in cli.read(page):gmatch("\n```(%S+)\n(.-\n)```") do
    local file = language:match("^lua,(.+)$")
    if file == "blog/ryx.lua" then
      it("shows " .. file, function() assert.equal(block, cli.read(folder .. "/" .. file)) end)
    elseif file then
      it("writes " .. file, function() cli.write(folder, { [file] = block }) end)
    elseif language == "console" then
      for _, step in ipairs(commands_of(block)) do
        it("runs " .. step.command, function()
          local text = run(step.command)
          assert(text:find(pattern(step.text)), "it printed:\n" .. text)
        end)
      end
    end
  end
end

for _, page in ipairs(PAGES) do
  describe(page, function() follow(page) end)
end
