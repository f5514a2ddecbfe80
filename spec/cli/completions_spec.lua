-- SPDX-License-Identifier: MIT
-- ryx completions: what a shell offers behind some words.
local cli = require "support.cli"

-- What bash offers for the last of some words.
local function offered(...)
  local words = {}
  for i, word in ipairs{ "ryx", ... } do words[i] = "'" .. word .. "'" end
  local folder = cli.folder{ ["script.lua"] = "", ["sub/other.lua"] = "" }
  local f = io.popen(([[cd %s && bash -c 'source <(ryx completions bash)
    COMP_WORDS=(%s) COMP_CWORD=%d; _ryx; printf "%%s\n" "${COMPREPLY[@]}" | sort']]):format(folder,
    table.concat(words, " "):gsub("'", '"'), #words - 1))
  local text = f:read("*a")
  f:close()
  return (text:gsub("%s+$", ""):gsub("\n", " "))
end

describe("completions", function()
  it("of bash offer commands and flags", function()
    assert.equal("version", offered "ver")
    assert.equal("run", offered("--url", "sqlite:a.db", "ru"))
    assert.equal("--config", offered "--con")
    assert.equal("--json", offered("version", "--js"))
    assert.equal("--verbose", offered("-u", "x", "version", "--verb"))
    assert.equal("", offered("version", "--command"))
  end)

  it("of bash offer values", function()
    assert.equal("test", offered("--env", "te"))
    assert.equal("test", offered("version", "--env", "te"))
    assert.equal("prod", offered("version", "--env", "=", "p"))
    assert.equal("bash fish zsh", offered("completions", ""))
    assert.equal("script.lua", offered("run", "scr"))
    assert.equal("script.lua", offered("version", "--config", "scr"))
    assert.equal("", offered("version", "--url", "scr"))
  end)

  for _, shell in ipairs{ "bash", "zsh", "fish" } do
    it("of " .. shell .. " name all commands", function()
      local r = cli.run{ "completions", shell }
      assert.same({ 0, "" }, { r.code, r.err })
      for name in cli.run{}.out:match("commands:\n(.-)\n\n"):gmatch("\n?  (%l[%w]*)  ") do
        assert(r.out:find("%f[%w]" .. name .. "%f[^%w]"), name)
      end
      if os.execute("command -v " .. shell .. " >/dev/null") then
        assert.equal("", cli.run{ "completions", shell, behind = "| " .. shell .. " -n 2>&1" }.out)
      end
    end)
  end

  it("are for some shells only", function()
    local r = cli.run{ "completions", "csh" }
    assert.same({ 2, "" }, { r.code, r.out })
    assert.truthy(r.err:find("'bash', 'zsh', 'fish'", 1, true))
  end)
end)
