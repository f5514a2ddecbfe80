-- SPDX-License-Identifier: MIT
-- SQLite: other processes that hold the file, disks that are full, files that vanish or
-- rot, forks, and what a stream costs.
local ryx = require "ryx"
local case = require "fault.case"
local kit = require "fault.kit"

local SQLITE = { only = "sqlite", seconds = 20 }
local Item = kit.Item

local function own_file(options)
  local path = kit.own_folder() .. "/own.db"
  kit.open(options, "sqlite:" .. path)
  return path
end

-- Another process that begins a write or a read, says so, and holds on for a while.
local function holder(path, body, seconds, options)
  local script = kit.script_start(([[
    local ryx, kit = require "ryx", require "fault.kit"
    kit.open()
    ryx.transaction(function()
      %s
      print("holds")
      os.execute("sleep %g")
    end%s)
    print("over")
  ]]):format(body, seconds, options or ""), { url = "sqlite:" .. path, seconds = 30 })
  assert.equal("holds", script.line())
  return script
end

case("32: another process holds the write lock: a deadline is kept, later it works", function()
  local path = own_file()
  kit.items(1)
  local other = holder(path, "kit.Item.objects:create{ n = 2 }", 1.5)
  local e = kit.fails_within(1.2, ryx.timeout, 0.3, Item.objects.create, Item.objects, { n = 3 })
  kit.is_kind(e, "timeout")
  e = kit.fails_within(1.2, ryx.timeout, 0.3, ryx.transaction, function() Item.objects:create{ n = 3 } end)
  kit.is_kind(e, "timeout")
  -- Reads are not kept waiting by a writer.
  assert.equal(1, Item.objects:count())
  -- Without a deadline the lock is waited for.
  Item.objects:create{ n = 4 }
  assert.equal("over", other.line())
  assert.equal(3, Item.objects:count())
end, SQLITE)

case("32: a deadline ends the wait for the lock inside ryx.run, other tasks go on", function()
  local path = own_file()
  kit.items(1)
  local other = holder(path, "kit.Item.objects:create{ n = 2 }", 1.2)
  local reads = 0
  local results = kit.tasks(2, function(i)
    if i == 1 then return kit.fails_within(1, ryx.timeout, 0.4, Item.objects.create, Item.objects, { n = 3 }) end
    local limit = kit.clock() + 0.4
    while kit.clock() < limit do
      Item.objects:count()
      reads = reads + 1
      ryx.sleep(0)
    end
  end)
  kit.all_ok(results)
  kit.is_kind(results[1][2], "timeout")
  assert.is_true(reads > 20, reads .. " reads beside a waiting writer")
  other.wait()
end, SQLITE)

case("32: a long reader starves no checkpoint for ever, and writers go on", function()
  local path = own_file()
  kit.items(10)
  local other = holder(path, "kit.Item.objects:count()", 1, ", { read_only = true }")
  for i = 1, 200 do Item{ n = 100 + i, body = ("x"):rep(50000) }:save() end
  other.wait()
  for i = 1, 200 do Item{ n = 400 + i, body = ("x"):rep(50000) }:save() end
  kit.eventually("the log is put back and used again", 5, function()
    Item.objects:create{ n = 1 }
    local f = assert(io.open(path .. "-wal", "rb"))
    local size = f:seek("end")
    f:close()
    -- Both rounds together would be 20 MB and more.
    return size < 16000000
  end)
end, SQLITE)

case("32: two processes that read, then write: no deadlock by upgrading a lock", function()
  local path = own_file()
  kit.items(1)
  local source = [[
    local ryx, kit = require "ryx", require "fault.kit"
    kit.open()
    for _ = 1, 50 do
      ryx.transaction(function()
        local row = kit.Item.objects:get{ n__gte = 1 }
        row.n = row.n + 1
        row:save()
      end)
    end
    print("done")
  ]]
  local scripts = {}
  for i = 1, 3 do scripts[i] = kit.script_start(source, { url = "sqlite:" .. path, seconds = 15 }) end
  for i = 1, 3 do
    local code, out = scripts[i].wait()
    assert.equal("done", out)
    assert.equal(0, code)
  end
  assert.equal(151, Item.objects:get{ n__gte = 1 }.n)
end, SQLITE)


local function fills_up()
  local n, e = 0, nil
  for i = 1, 500 do
    local ok, err = pcall(ryx.transaction, function()
      Item.objects:create{ n = i, body = ("x"):rep(20000) }
      Item.objects:create{ n = i, body = ("y"):rep(20000) }
    end)
    if not ok then
      e = err
      break
    end
    n = n + 1
  end
  assert.is_true(e ~= nil, "it never filled up")
  kit.is_kind(e, "operational", "transaction_broken")
  return n, e
end

case("33: a disk that is full (RLIMIT_FSIZE): a typed error, the transaction is undone", function()
  own_file()
  kit.items(0)
  local n = fills_up()
  assert.equal(2 * n, Item.objects:count())
  assert.equal("ok", kit.integrity())
end, { only = "sqlite", before = "trap '' XFSZ; ulimit -f 2000;" })

case("33: a disk that is full (tmpfs): a typed error, and it works when there is room", function()
  -- Root mounts it; others do so in a user namespace of their own.
  local code, out = kit.script([[
    local ryx, kit = require "ryx", require "fault.kit"
    local dir = kit.own_folder() .. "/small"
    assert(os.execute("mkdir " .. dir .. " && mount -t tmpfs -o size=1m tmpfs " .. dir))
    kit.open({}, "sqlite:" .. dir .. "/full.db")
    kit.items(0)
    local n, e = 0, nil
    for i = 1, 500 do
      local ok, err = pcall(kit.Item.objects.create, kit.Item.objects, { n = i, body = ("x"):rep(20000) })
      if not ok then e = err break end
      n = n + 1
    end
    print(e and e.kind)
    print(kit.Item.objects:count() == n)
    assert(os.execute("mount -o remount,size=8m " .. dir))
    kit.Item.objects:create{ n = 1, body = ("x"):rep(20000) }
    print(kit.Item.objects:count() == n + 1)
    print(kit.integrity())
    ryx.close()
  ]], { command = "unshare -rm --propagation private lua5.4" })
  assert.equal("operational\ntrue\ntrue\nok", out)
  assert.equal(0, code)
end, SQLITE)

case("33: a read-only file: a typed error for writes, reads work", function()
  local path = own_file()
  kit.items(3)
  ryx.raw_execute("PRAGMA journal_mode = delete")
  ryx.close()
  local code, out = kit.script([[
    local ryx, kit = require "ryx", require "fault.kit"
    kit.open()
    local e = kit.error_of(kit.Item.objects.count, kit.Item.objects)
    print(e.kind, e.message:find("mode=ro", 1, true) ~= nil)
    kit.open{ mode = "ro" }
    print(kit.Item.objects:count())
    e = kit.error_of(kit.Item.objects.create, kit.Item.objects, { n = 4 })
    print(e.kind)
    print(kit.Item.objects:count())
  ]], {
    -- A mount that is read-only binds root as well.
    command = ("unshare -rm --propagation private sh -c 'mount --bind %s %s && mount -o remount,bind,ro %s "
      .. "&& exec lua5.4 \"$0\"'"):format(path, path, path), url = "sqlite:" .. path,
  })
  assert.equal("connection\ttrue\n3\noperational\n3", out)
  assert.equal(0, code)
end, SQLITE)

case("33: a file that is removed while open: no crash, no wrong rows, a fresh start works", function()
  local path = own_file{ max_connections = 4 }
  kit.items(3)
  assert.equal(3, #Item.objects:all())
  for _, tail in ipairs{ "", "-wal", "-shm" } do os.remove(path .. tail) end
  for _ = 1, 3 do
    local ok, got = pcall(Item.objects.count, Item.objects)
    -- A connection of before still has the file; a new one finds none.
    if ok then assert.equal(3, got) else kit.is_kind(got, "operational", "connection") end
    pcall(Item.objects.create, Item.objects, { n = 4 })
    Item.objects:filter{ n = 4 }:delete()
  end
  ryx.close()
  own_file()
  kit.items(2)
  assert.equal(2, Item.objects:count())
end, SQLITE)

case("33: pages that rot: a typed error, never a crash", function()
  local path = own_file()
  kit.items(2000)
  ryx.close()
  local f = assert(io.open(path, "rb"))
  local whole = f:read("a")
  f:close()
  local noticed = 0
  for page = 1, math.min(#whole / 4096 - 1, 24) do
    local g = assert(io.open(path, "wb"))
    local at = page * 4096
    g:write(whole:sub(1, at), ("\255"):rep(64), whole:sub(at + 65))
    g:close()
    own_file()
    local ok, got = pcall(function()
      assert(kit.integrity() == "ok", "rotten")
      return #Item.objects:order_by("n"):all()
    end)
    if not ok then
      noticed = noticed + 1
      if type(got) == "table" then kit.is_kind(got, "operational", "connection") end
    end
    ryx.close()
  end
  assert.is_true(noticed > 5, noticed .. " rotten pages were noticed")
  local g = assert(io.open(path, "wb"))
  g:write(("no database "):rep(1000))
  g:close()
  own_file()
  kit.is_kind(kit.error_of(Item.objects.count, Item.objects), "operational", "connection")
end, SQLITE)

case("A18: a stream inside a transaction is flat in memory", function()
  own_file()
  kit.items(0)
  ryx.raw_execute("INSERT INTO fault_items (n, body) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
    .. "WHERE i < 600000) SELECT i, 'row number ' || i FROM c")
  ryx.transaction(function()
    Item.objects:first()
    collectgarbage()
    local before, most, n = kit.memory_kb(), 0, 0
    for row in Item.objects:order_by("id"):iter{ chunk = 500 } do
      n = n + 1
      if n == 1000 then Item.objects:filter{ id = row.id }:update{ body = "changed" } end
      if n % 20000 == 0 then
        collectgarbage()
        most = math.max(most, kit.memory_kb() - before)
      end
    end
    assert.equal(600000, n)
    assert.is_true(most < 64000, ("%.0f MB more"):format(most / 1000))
  end)
end, { only = "sqlite", seconds = 40 })

case("A22: a fork while a worker allocates: the child does not hang", function()
  local path = own_file()
  kit.items(10)
  ryx.close()
  -- The Python module runs the same engine, and Python can fork.
  local code, out = kit.script([[
import os, signal, sys, threading
sys.path.insert(0, "build/python")
import asyncio, ryx
async def main():
    await ryx.setup(os.environ["RYX_TEST_URL"])
    async def work(i):
        while not done:
            await ryx.raw_fetch("SELECT count(*) AS n, group_concat(body || n) AS t FROM fault_items")
            await ryx.raw_execute("UPDATE fault_items SET body = 'x' || ? WHERE n = ?", [i, i])
    done = False
    tasks = [asyncio.ensure_future(work(i)) for i in range(8)]
    hung = 0
    for i in range(150):
        await asyncio.sleep(0.002)
        pid = os.fork()
        if pid == 0:
            signal.alarm(4)
            import sqlite3
            c = sqlite3.connect(":memory:")
            c.execute("CREATE TABLE t (a)")
            c.executemany("INSERT INTO t VALUES (?)", [("x" * k,) for k in range(100)])
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if status: hung = status
        if hung: break
    done = True
    await asyncio.gather(*tasks)
    print("killed by", hung)
asyncio.run(main())
os._exit(0)
]], { command = kit.python, url = "sqlite:" .. path })
  assert.equal("killed by 0", out)
  assert.equal(0, code)
end, SQLITE)
