-- SPDX-License-Identifier: MIT
-- A page with examples: all its ```lua blocks, in order, are one program, which runs
-- in a folder of its own. ```c, ```python and ```sh blocks are checked by their own
-- means.
--
-- A line that ends in `--> text` must print that text, spaces at its ends apart. A line
-- `-- SQL: text` stands after the statement that sends that SQL; `-- PostgreSQL: text`
-- (MariaDB, MySQL) beside it are what the same query is there, or the error it is
-- there. They go on in lines of `--` and three spaces; white space does not count.
local M = {}

local DIALECTS = { SQL = "sqlite", PostgreSQL = "postgres", MariaDB = "mariadb", MySQL = "mysql" }

-- The line as it is run: the first comment of a group marks where its statement has run.
local function code(page, line, n)
  local text = line:match("%-%->%s*(.-)%s*$")
  if text then page.printing[#page.printing + 1] = { text = text, line = n } end
  local groups = page.groups
  local group = groups[#groups]
  local follows = group and group[#group].last == n - 1
  local indent, who, sql = line:match("^(%s*)%-%- (%a+): (.+)$")
  if DIALECTS[who] then
    if not follows then
      group = {}
      groups[#groups + 1] = group
      line = ("ran(%d)"):format(#groups)
    end
    group[#group + 1] = { who = who, text = sql, indent = indent, line = n, last = n }
    return line
  end
  local more = follows and line:match("^%s*%-%-   (.+)$")
  if more then
    local want = group[#group]
    want.text, want.last = want.text .. " " .. more, n
  end
  return line
end

--- Reads a page: lines, source, n_blocks, printing ({ text, line }), groups of wants
--- ({ who, text, indent, line, last }).
function M.read(path)
  local page = { path = path, lines = {}, printing = {}, groups = {}, n_blocks = 0 }
  local run, lang = {}, nil
  for line in assert(io.open(path)):lines() do
    local fence = line:match("^```(%S*)")
    if fence then
      lang = not lang and fence or nil
      if lang == "lua" then page.n_blocks = page.n_blocks + 1 end
    end
    page.lines[#page.lines + 1] = line
    run[#run + 1] = not fence and lang == "lua" and code(page, line, #page.lines) or ""
  end
  page.source = table.concat(run, "\n")
  return page
end

-- Pages write "sqlite:app.db"; here that file lives in the test's folder.
local function in_folder(source)
  local dir = os.getenv("RYX_TEST_TMP") or os.getenv("TMPDIR") or "/tmp"
  source = source:gsub('"sqlite:(%w+%.db)', '"sqlite:' .. dir .. "/%1")
  for name in source:gmatch(dir:gsub("%p", "%%%0") .. "/(%w+%.db)") do
    for _, tail in ipairs({ "", "-wal", "-shm" }) do os.remove(dir .. "/" .. name .. tail) end
  end
  return source
end

--- Runs a page: fills printed, and `sent` of each group; true, or nil and why not.
function M.run(page)
  local sent, printed = {}, {}
  page.printed = printed
  if #page.groups > 0 then
    M.dialects = dofile("spec/docs/dialects.lua")
    require("ryx").on_query(function(event) sent[#sent + 1] = event.sql end)
  end
  local env = setmetatable({
    print = function(...)
      local parts = {}
      for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
      for line in (table.concat(parts, "\t") .. "\n"):gmatch("(.-)\n") do printed[#printed + 1] = line end
    end,
    ran = function(i) page.groups[i].sent, sent = sent, {} end,
  }, { __index = _G })
  local chunk, err = load(in_folder(page.source), "@" .. page.path, "t", env)
  if not chunk then return nil, err end
  local ok, why = xpcall(chunk, function(e) return debug.traceback(tostring(e), 2) end)
  return ok or nil, why
end

--- What a group sent, as the database of a want gets it.
function M.texts(group, want)
  local texts = {}
  for i, sql in ipairs(group.sent or {}) do
    local there, why = sql, nil
    if want.who ~= "SQL" then there, why = M.dialects.of(sql, DIALECTS[want.who]) end
    texts[i] = there or why
  end
  return texts
end

local function squeezed(s) return (s:gsub("%s+", "")) end

--- Did a group send what a want says?  ok, texts
function M.holds(group, want)
  local texts = M.texts(group, want)
  for _, text in ipairs(texts) do
    if squeezed(text) == squeezed(want.text) then return true, texts end
  end
  return false, texts
end

return M
