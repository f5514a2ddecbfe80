-- SPDX-License-Identifier: MIT
-- Arrows between rooms point downward (docs/internals/README.md): reads every
-- #include and require and fails on one that is forbidden, and on a cycle. In some
-- rooms the files do not call each other in circles either.
local tree = dofile("spec/support/tree.lua")

local files, read, report = tree.files, tree.read, tree.report
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
  { "^histedit%.h$", "^src/cli/" },
  { "^lua", "^src/lua/", "^src/cli/", "^python/" },
  { "^lauxlib%.h$", "^src/lua/", "^src/cli/", "^python/" },
  { "^Python%.h$", "^python/" },
}

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
report("C rooms include only what is below them", bad)

-- Lua: a room requires only what is on a floor below its own; files of one room
-- require each other without a circle. Requires inside functions count as well.
local FLOORS = {
  "compat", "spelling", "stack", "errors", "storage", "value", "folder", "host", "registry", "naming", "db", "cache",
  "signal", "row", "validate", "field", "meta",
  "query.ir", "query.fn", "query.expr", "query.lookup", "query.select", "query.resolve", "query.clause",
  "query.read", "query.write", "query", "relation", "model",
  "migrations.text", "migrations.dialect", "migrations.schema", "migrations.introspect", "migrations.diff",
  "migrations.ddl", "migrations.rows", "migrations.state", "migrations.operation", "migrations.writer",
  "migrations.autodetect", "migrations.files", "migrations.runner", "migrations.prove", "migrations.inspect",
  "migrations", "testing", "python", "ryx", "cli",
}
local floor = {}
for i, room in ipairs(FLOORS) do floor[room] = i end

-- "query.read" of ryx.query.read.page, "value" of ryx.value, "ryx" of ryx itself.
local function room_of(module)
  local path = module:match("^ryx%.(.+)$")
  if not path then return "ryx" end
  local room = path
  while room and not floor[room] do room = room:match("^(.+)%.[^.]+$") end
  return room
end

-- Who may ask the core of C, and loads whom by a name that is worked out.
local CORE = { value = true, folder = true, db = true, host = true, python = true }
local DYNAMIC = {
  ["ryx.migrations.dialect."] = "ryx.migrations.dialect.sqlite",
  ["ryx.migrations.introspect.dialect."] = "ryx.migrations.introspect.dialect.sqlite",
  ["ryx.migrations.ddl.dialect."] = "ryx.migrations.ddl.dialect.sqlite",
  ["ryx.migrations.rows."] = "ryx.migrations.rows.sqlite", ["ryx.cli.cmd."] = "ryx.cli.cmd.run",
  ["ryx.cli.client."] = "ryx.cli.client.sqlite", ["ryx.cli.diagram."] = "ryx.cli.diagram.svg",
  ["ryx.cli.typing."] = "ryx.cli.typing.lua",
  ["ryx.db.lock."] = "ryx.db.lock.sqlite", ["ryx.db.rules."] = "ryx.db.rules.sqlite",
}

local graph, wrong, upward, homeless = {}, {}, {}, {}
local lua_files = files("'lua/*.lua'")
for _, path in ipairs(lua_files) do
  local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
  local room = room_of(name)
  if not room then homeless[#homeless + 1] = path end
  graph[name] = {}
  -- A text in long brackets may be a file that a user gets.
  for line in (read(path):gsub("%-%-[^\n]*", ""):gsub("%[%[.-%]%]", "") .. "\n"):gmatch("(.-)\n") do
    for to in line:gmatch('require%s*%(?%s*"([%w_.]+)"') do
      to = DYNAMIC[to] or to
      local other = room_of(to)
      if to == "ryx.core" then
        if not CORE[room] then wrong[#wrong + 1] = path end
      elseif to:find "^ryx" and other and room and name ~= "ryx" then
        if other ~= room and floor[other] >= floor[room] then upward[#upward + 1] = path .. " requires " .. to end
        table.insert(graph[name], to)
      end
    end
  end
end
report("every Lua file has a room with a floor", homeless)
report("only value, folder, db, host and python require ryx.core", wrong)
report("Lua rooms require only what is below them", upward)

-- A way round in a graph of name -> list of names, or nil.
local function circle(of)
  local state, names, found = {}, {}, nil
  local function visit(name, trail)
    if state[name] == 2 or not of[name] or found then return end
    if state[name] == 1 then
      found = trail .. " -> " .. name
      return
    end
    state[name] = 1
    for _, to in ipairs(of[name]) do visit(to, trail .. " -> " .. name) end
    state[name] = 2
  end
  for name in pairs(of) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do visit(name, "") end
  return found
end
report("Lua modules form no cycle", { circle(graph) })

-- C files of these rooms call each other in one direction only: an arrow is a
-- function of another file that is named in the text.
local STRAIGHT = { "api", "base" }
local function code_of(path)
  return (read(path):gsub("/%*.-%*/", ""):gsub('"[^"\n]*"', '""'))
end
local function arrows(folder, prefix)
  local texts, home, of = {}, {}, {}
  for _, path in ipairs(files("'" .. folder .. "/*.c'")) do
    local text = "\n" .. code_of(path)
    texts[path], of[path] = text, {}
    for line in text:gmatch "\n(%a[^\n]*)" do
      local name = line:match("[%s*](" .. prefix .. "_[%w_]+)%(")
      if name and not line:find "^static" then home[name] = path end
    end
  end
  for path, text in pairs(texts) do
    local seen = {}
    for name in text:gmatch("%f[%w_]" .. prefix .. "_[%w_]+") do
      local to = home[name]
      if to and to ~= path and not seen[to] then
        seen[to] = true
        table.insert(of[path], to)
      end
    end
  end
  return of
end
local function is_straight(folder, prefix)
  report("the files of " .. folder .. " do not call each other in circles", { circle(arrows(folder, prefix)) })
end
for _, room in ipairs(STRAIGHT) do is_straight("src/" .. room, "ryx") end
is_straight("python/src", "ryx")
is_straight("bench", "raw")
tree.finish()
