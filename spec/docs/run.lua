-- SPDX-License-Identifier: MIT
-- Runs the examples of a page: all ```lua blocks of a Markdown file, in order, as
-- one program in a folder of its own. A line that ends in `--> text` must print
-- that text; ```c, ```python and ```sh blocks are checked by their own means.
local path = assert(arg[1], "usage: run.lua PAGE.md")
local f = assert(io.open(path))
local blocks, lang, expected = {}, nil, {}
local n_blocks = 0
for line in f:lines() do
  local fence = line:match("^```(%S*)")
  if fence and not lang then
    lang = fence
    if lang == "lua" then n_blocks = n_blocks + 1 end
    blocks[#blocks + 1] = ""
  elseif fence then
    lang = nil
    blocks[#blocks + 1] = ""
  else
    blocks[#blocks + 1] = lang == "lua" and line or ""
    local want = lang == "lua" and line:match("%-%->%s*(.-)%s*$")
    if want then expected[#expected + 1] = { text = want, line = #blocks } end
  end
end
f:close()
if n_blocks == 0 then
  print("ok 1 - " .. path .. " has no Lua to run")
  print("1..1")
  return
end

local printed = {}
local env = setmetatable({
  print = function(...)
    local parts = {}
    for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
    for line in (table.concat(parts, "\t") .. "\n"):gmatch("(.-)\n") do printed[#printed + 1] = line end
  end,
}, { __index = _G })
local dir = assert(os.getenv("RYX_TEST_TMP") or os.getenv("TMPDIR") or "/tmp")
os.remove(dir .. "/app.db")
-- Pages write "sqlite:app.db"; here that file lives in the test's folder.
package.preload["ryx.docs"] = nil
local source = table.concat(blocks, "\n"):gsub('"sqlite:(%w+%.db)', '"sqlite:' .. dir .. "/%1")
for name in source:gmatch(dir:gsub("%p", "%%%0") .. "/(%w+%.db)") do
  for _, tail in ipairs({ "", "-wal", "-shm" }) do os.remove(dir .. "/" .. name .. tail) end
end
local chunk, err = load(source, "@" .. path, "t", env)
local ok = chunk ~= nil
if chunk then
  ok, err = xpcall(chunk, function(e) return debug.traceback(tostring(e), 2) end)
end
print((ok and "ok 1" or "not ok 1") .. " - " .. path .. " runs")
if not ok then print("  " .. tostring(err)) end
local failures, at = ok and 0 or 1, 1
for i, want in ipairs(expected) do
  local found = false
  for j = at, #printed do
    if printed[j] == want.text then
      found, at = true, j + 1
      break
    end
  end
  if not found then failures = failures + 1 end
  print(("%s %d - %s:%d prints %s"):format(found and "ok" or "not ok", i + 1, path, want.line, want.text))
end
if failures > 0 then
  print("  printed:")
  for _, line in ipairs(printed) do print("    " .. line) end
end
print("1.." .. #expected + 1)
os.exit(failures == 0)
