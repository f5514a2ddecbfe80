-- Transactions: blocks in blocks, what runs at their ends, tries, tasks.
-- lua examples/07_transactions.lua [URL]
local ryx = require "ryx"
local F = ryx.F

ryx.setup(arg and arg[1] or "sqlite::memory:")

local Account = ryx.model("ExampleAccount", {
  owner = ryx.CharField{ max_length = 20, unique = true },
  balance = ryx.IntField{ default = 0 },
})
local Booking = ryx.model("ExampleBooking", { text = ryx.CharField{ max_length = 60 } })

ryx.migrate{ Account, Booking }
Account.objects:delete_all()
Booking.objects:delete_all()
ryx.bulk_create(Account, { Account{ owner = "Ann", balance = 100 }, Account{ owner = "Bob" } })

local function show()
  local list = {}
  for _, a in ipairs(Account.objects:order_by("owner"):all()) do list[#list + 1] = a.owner .. " " .. a.balance end
  print(table.concat(list, ", "))
end

-- Both updates or none; tried again where transactions meet; the letter goes out after COMMIT only.
local transfer = ryx.atomic(function(from, to, amount)
  if Account.objects:filter{ owner = from, balance__gte = amount }:update{ balance = F"balance" - amount } == 0 then
    error(from .. " has not got " .. amount, 0)
  end
  Account.objects:filter{ owner = to }:update{ balance = F"balance" + amount }
  Booking.objects:create{ text = ("%s to %s: %d"):format(from, to, amount) }
end, { retries = 5 })

transfer("Ann", "Bob", 30)
show()                                             --> Ann 70, Bob 30
print(select(2, pcall(transfer, "Bob", "Ann", 500)))   --> Bob has not got 500
show()                                             --> Ann 70, Bob 30

-- A block in a block can be undone alone.
ryx.transaction(function(tx)
  tx:on_commit(function() print("committed") end)
  Booking.objects:create{ text = "kept" }
  pcall(ryx.transaction, function(inner)
    inner:on_rollback(function() print("undone") end)
    Booking.objects:create{ text = "not kept" }
    error("no")
  end)
end)
--> undone
--> committed
print(Booking.objects:filter{ text__endswith = "kept" }:count())   --> 1

-- Tasks have transactions of their own; one that is handed on is shared.
ryx.run(function()
  ryx.transaction(function(tx)
    Booking.objects:create{ text = "in the transaction" }
    local mine = Booking.objects:using(tx):filter{ text__contains = "in the" }
    print(ryx.gather(function() return mine:count() end))   --> 1
    tx:rollback()
  end)
end)
print(Booking.objects:filter{ text__contains = "in the" }:count())   --> 0

-- What only reads says so.
print(ryx.transaction(function() return Account.objects:aggregate{ all = ryx.Sum("balance") }.all end, {
  isolation = "repeatable read", read_only = true, timeout = 5,
}))   --> 100

Account.objects:delete_all()
Booking.objects:delete_all()
ryx.close()
