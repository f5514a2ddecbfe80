-- SPDX-License-Identifier: MIT
-- Money between accounts, by eight tasks at once, while connections are killed: none is
-- made or lost, and what a program was told of each transfer is what has happened.
local ryx = require "ryx"
local case = require "fault.case"
local db = require "support.db"
local kit = require "fault.kit"

local F = ryx.F

local Account = ryx.model("FaultAccount", { balance = ryx.IntField{}, Meta = { table_name = "fault_accounts" } })
local Transfer = ryx.model("FaultTransfer", {
  key = ryx.CharField{ max_length = 20, primary_key = true }, Meta = { table_name = "fault_transfers" },
})

local TASKS, ACCOUNTS, MONEY, SECONDS = 8, 5, 1000, 3

-- A transfer as its task saw it: how often it was told of a commit, of an attempt undone,
-- how it ended and which attempt that was.
local function transfer(key, from, to, amount)
  local seen = { key = key, commits = 0, undone = 0, attempts = 0 }
  local ok, err = pcall(ryx.transaction, function(tx)
    seen.attempts = tx.attempt
    tx:on_commit(function() seen.commits = seen.commits + 1 end)
    tx:on_rollback(function() seen.undone = seen.undone + 1 end)
    local account = Account.objects:get{ id = from }
    if account.balance < amount then return tx:rollback() end
    Account.objects:filter{ id = from }:update{ balance = account.balance - amount }
    Account.objects:filter{ id = to }:update{ balance = F"balance" + amount }
    Transfer.objects:create{ key = key }
  end, { isolation = "serializable", retries = 50 })
  seen.err = not ok and err or nil
  return seen
end

local EXPECTED = { connection = true, transaction_broken = true, commit_unknown = true, timeout = true }

local function client(task, list, until_when)
  local n = 0
  while kit.clock() < until_when do
    n = n + 1
    local from = (task + n) % ACCOUNTS + 1
    local seen = transfer(task .. "-" .. n, from, from % ACCOUNTS + 1, (task * n) % 7 + 1)
    list[#list + 1] = seen
    if seen.err and not EXPECTED[seen.err.kind] then error(seen.err, 0) end
    ryx.sleep(0.001)
  end
end

local function run_bank(until_when)
  local list, tasks = {}, {}
  ryx.run(function()
    for task = 1, TASKS do tasks[task] = ryx.spawn(client, task, list, until_when) end
    while kit.clock() < until_when - 0.5 do
      ryx.sleep(0.4)
      if db.needs "server processes" then kit.kill_all() end
    end
    for _, task in ipairs(tasks) do task:join() end
  end)
  return list
end

-- What happened to a transfer against what was said of it.
local function check(seen, is_there, counts)
  if seen.err and seen.err.kind == "commit_unknown" then
    assert.equal(0, seen.commits, seen.key)
    counts.unknown = counts.unknown + (is_there and 1 or 0)
  elseif is_there then
    assert.is_nil(seen.err)
    assert.same({ 1, seen.attempts - 1 }, { seen.commits, seen.undone }, seen.key)
    counts.commits = counts.commits + 1
  else
    assert.equal(0, seen.commits, seen.key)
  end
  if not is_there and not (seen.err and seen.err.kind == "commit_unknown") and seen.attempts > 0 then
    assert.is_true(seen.undone == seen.attempts or seen.undone == seen.attempts - 1, seen.key)
  end
end

case("26: a bank whose connections are killed keeps its money, and on_commit is called once for each commit", function()
  kit.open{ max_connections = TASKS }
  db.tables(ryx, { Account, Transfer })
  local accounts = {}
  for i = 1, ACCOUNTS do accounts[i] = Account{ id = i, balance = MONEY } end
  Account.objects:bulk_create(accounts)
  local list = run_bank(kit.clock() + SECONDS)
  kit.eventually("the server answers", 5, function() return pcall(Account.objects.count, Account.objects) end)
  assert.equal(ACCOUNTS * MONEY, Account.objects:aggregate{ total = ryx.Sum("balance") }.total)
  local there = {}
  for _, t in ipairs(Transfer.objects:all()) do there[t.key] = true end
  local counts, told = { commits = 0, unknown = 0 }, 0
  for _, seen in ipairs(list) do
    check(seen, there[seen.key] == true, counts)
    told = told + seen.commits
  end
  assert.equal(Transfer.objects:count() - counts.unknown, told)
  assert.equal(counts.commits, told)
  assert.is_true(told > 20, told)
end, { seconds = 20 })
