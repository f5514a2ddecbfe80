-- SPDX-License-Identifier: MIT
-- Arrows between rooms point downward (DESIGN: rooms and arrows): reads every
-- #include and require and fails on one that is forbidden, and on a cycle.
local may = {
  base = {},
  value = { base = true },
  sql = { value = true, base = true },
  driver = { value = true, base = true },
  engine = { driver = true, value = true, base = true },
  api = { engine = true, sql = true, driver = true, value = true, base = true },
  lua = {},
  cli = {},
}
-- Headers from outside, by the room (or the files) that may see them.
local outside = {
  { "^uv%.h$", "^src/engine/" },
  { "^libpq%-fe%.h$", "^src/driver/pg[_.]" },
  { "^mysql", "^src/driver/my[_.]" },
  { "^mariadb", "^src/driver/my[_.]" },
  { "^sqlite3%.h$", "^src/driver/lite[_.]" },
  { "^utf8proc%.h$", "^src/value/" },
  { "^pcre2%.h$", "^src/value/" },
  { "^jansson%.h$", "^src/value/" },
  { "^gmp%.h$", "^src/value/" },
  { "^lua", "^src/lua/", "^src/cli/", "^python/" },
  { "^lauxlib%.h$", "^src/lua/", "^src/cli/", "^python/" },
  { "^Python%.h$", "^python/" },
}
local tests, failures = 0, 0
local function check(ok, name, why)
  tests = tests + 1
  if not ok then failures = failures + 1 end
  print((ok and "ok " or "not ok ") .. tests .. " - " .. name .. (ok and "" or ": " .. why))
end
local function files(pattern)
  local p, out = assert(io.popen("git ls-files -co --exclude-standard " .. pattern)), {}
  for f in p:lines() do out[#out + 1] = f end
  p:close()
  table.sort(out)
  return out
end
local function read(path)
  local f = io.open(path)
  if not f then return "" end
  local s = f:read("*a")
  f:close()
  return s
end

local bad = {}
for _, path in ipairs(files("'src/*.c' 'src/*.h' 'python/src/*.c' 'python/src/*.h'")) do
  local room = path:match("^src/(%w+)/") or "python"
  local text = read(path)
  for inc in text:gmatch('#include "([^"]+)"') do
    local to = inc:match("^(%w+)/")
    if to and may[to] and to ~= room and not (may[room] and may[room][to]) then
      bad[#bad + 1] = path .. " includes " .. inc
    end
    if inc == "ryx.h" and not (room == "api" or room == "lua" or room == "cli" or room == "python") then
      bad[#bad + 1] = path .. " includes ryx.h"
    end
  end
  for inc in text:gmatch("#include <([^>]+)>") do
    for _, rule in ipairs(outside) do
      if inc:find(rule[1]) then
        local fine = false
        for i = 2, #rule do fine = fine or path:find(rule[i]) end
        if not fine then bad[#bad + 1] = path .. " includes <" .. inc .. ">" end
      end
    end
  end
end
check(#bad == 0, "C rooms include only what is below them", table.concat(bad, "; "))

-- Lua: ryx.core is for db, run, hosts (and their tests); requires form no cycle.
local graph, wrong = {}, {}
for _, path in ipairs(files("'lua/*.lua'")) do
  local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
  graph[name] = {}
  -- Only requires at the top level of a file make a load-time arrow.
  for line in (read(path) .. "\n"):gmatch("(.-)\n") do
    local to = line:match('^local.-require%s*%(?%s*"([%w_.]+)"')
    if to then graph[name][#graph[name] + 1] = to end
    local any = line:match('require%s*%(?%s*"(ryx%.core)"')
    if any and name ~= "ryx.db" and name ~= "ryx.query.run" and not name:find("^ryx%.host") then
      wrong[#wrong + 1] = path
    end
  end
end
check(#wrong == 0, "only db, query.run and hosts require ryx.core", table.concat(wrong, ", "))
local state, cycle = {}, nil
local function visit(name, trail)
  if state[name] == 2 or not graph[name] or cycle then return end
  if state[name] == 1 then
    cycle = trail .. " -> " .. name
    return
  end
  state[name] = 1
  for _, to in ipairs(graph[name]) do visit(to, trail .. " -> " .. name) end
  state[name] = 2
end
local names = {}
for name in pairs(graph) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do visit(name, "") end
check(cycle == nil, "Lua modules form no cycle", tostring(cycle))
print("1.." .. tests)
os.exit(failures == 0)
