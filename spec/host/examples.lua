-- SPDX-License-Identifier: MIT
-- Runs every examples/NN_*.lua on RYX_TEST_URL: each ends well and prints, in order, what its
-- comments say after "-->".
--
--   RYX_TEST_URL=sqlite:/tmp/a.db lua5.4 spec/host/examples.lua lua5.4
local interpreter = assert(arg[1], "usage: examples.lua INTERPRETER")
local url = os.getenv("RYX_TEST_URL") or "sqlite::memory:"

local function quoted(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

local function lines_of(command)
  local out, f = {}, assert(io.popen(command))
  for line in f:lines() do out[#out + 1] = (line:match("^(.-)%s*$")) end
  f:close()
  return out
end

local function wanted(path)
  local out = {}
  for line in io.lines(path) do
    local text = line:match("%-%->%s?(.-)%s*$")
    if text then out[#out + 1] = text end
  end
  return out
end

-- What was not printed after what stands before it, or nil. The last line tells the end.
local function problem(path)
  local printed = lines_of(("%s %s %s 2>&1; echo exit $?"):format(interpreter, path, quoted(url)))
  if printed[#printed] ~= "exit 0" then return "ended with " .. table.concat(printed, "\n  ") end
  local list, at = wanted(path), 1
  if #list == 0 then return "says nothing of what it prints" end
  for _, text in ipairs(list) do
    while at <= #printed and printed[at] ~= text do at = at + 1 end
    if at > #printed then return ("did not print %q, but\n  %s"):format(text, table.concat(printed, "\n  ")) end
    at = at + 1
  end
end

local examples, failures = lines_of("ls examples/[0-9]*.lua"), 0
for i, path in ipairs(examples) do
  local why = problem(path)
  if why then failures = failures + 1 end
  print(("%s %d - %s"):format(why and "not ok" or "ok", i, path))
  if why then print("  " .. why) end
end
print("1.." .. #examples)
os.exit(failures == 0 and #examples > 0)
