#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# State in nginx belongs to one light thread of one request and ends with it, however
# it ends; engines belong to one process and one kind of phase.
set -uo pipefail
. "$(dirname "$0")/nginx_base.sh"

cat > "$dir/nginx.conf" <<CONF
$(main_part 1)
http {
$(http_part)
  lua_shared_dict reports 1m;
  init_by_lua_block {
    local ryx = require "ryx"
    ryx.setup("$RYX_TEST_URL")
    Item = ryx.model("StateItem", { name = ryx.CharField{ max_length = 50 } })
    Child = ryx.model("StateChild", { item = ryx.ForeignKey(Item, { on_delete = "CASCADE" }) })
    local db = require "ryx.db"
    ryx.raw_execute("DROP TABLE IF EXISTS " .. "state_childs")
    ryx.raw_execute("DROP TABLE IF EXISTS " .. Child._meta.table_name)
    ryx.raw_execute("DROP TABLE IF EXISTS " .. Item._meta.table_name)
    ryx.migrate{ Item, Child }
    collectgarbage()
    Item.objects:create{ name = "init" }
    ryx.on_error(function(err) ngx.shared.reports:incr("n", 1, 0) end)
    function slow()
      ryx.raw_fetch(({
        sqlite = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000000000) SELECT count(*) AS n FROM c",
        postgres = "SELECT pg_sleep(20)", postgresql = "SELECT pg_sleep(20)", mysql = "SELECT SLEEP(20)",
        mariadb = "SELECT SLEEP(20)",
      })[("$RYX_TEST_URL"):match("^%w+")])
    end
    function seconds(fn)
      ngx.update_time()
      local began = ngx.now()
      fn()
      ngx.update_time()
      return ngx.now() - began
    end
  }
  init_worker_by_lua_block {
    Item.objects:create{ name = "init_worker" }
    require("ryx").transaction(function() Item.objects:create{ name = "init_worker" } end)
  }
  server {
    listen 127.0.0.1:$port;
    lua_check_client_abort on;
    $ready
    location = /open_files {
      content_by_lua_block {
        local links = io.popen("ls -l /proc/" .. ngx.var.arg_pid .. "/fd 2>/dev/null")
        local text = links:read("*a")
        links:close()
        ngx.print(text)
      }
    }
    location = /count { content_by_lua_block { ngx.say(Item.objects:filter{ name = ngx.var.arg_name }:count()) } }
    location = /reports { content_by_lua_block { ngx.say(ngx.shared.reports:get("n") or 0) } }
    # What is left open, once it is nothing or after two seconds.
    location = /open {
      content_by_lua_block {
        local ryx = require "ryx"
        local text
        for _ = 1, 20 do
          text = ""
          for what, n in pairs(require("ryx.db").left_open()) do
            if n ~= 0 then text = text .. n .. " " .. what .. " " end
          end
          if text == "" then break end
          ngx.sleep(0.1)
        end
        ngx.say(text == "" and "nothing" or text)
      }
    }
    location = /create {
      content_by_lua_block {
        Item.objects:create{ name = ngx.var.arg_name }
        ngx.say("created")
      }
    }
    location = /exit {
      content_by_lua_block {
        require("ryx").transaction(function()
          Item.objects:create{ name = "lost" }
          if ngx.var.arg_how == "redirect" then return ngx.redirect("/ready") end
          if ngx.var.arg_how == "exec" then return ngx.exec("/ready") end
          if ngx.var.arg_how == "hang" then ngx.sleep(30) end
          if ngx.var.arg_how == "slow" then slow() end
          ngx.exit(503)
        end)
      }
    }
    location = /exit_reading {
      content_by_lua_block {
        require("ryx").transaction(function() ngx.exit(Item.objects:count() and 503) end, { read_only = true })
      }
    }
    location = /stream {
      content_by_lua_block {
        local items = {}
        for i = 1, 3000 do items[i] = Item{ name = "streamed" } end
        Item.objects:bulk_create(items)
        for item in Item.objects:filter{ name = "streamed" }:iter{ chunk = 10 } do ngx.exit(503) end
      }
    }
    location = /locked {
      content_by_lua_block {
        local ryx = require "ryx"
        local function hold()
          ryx.advisory_lock("state", function()
            if ngx.var.arg_how ~= "exit" then ngx.sleep(30) end
            ngx.exit(503)
          end, { wait = 5 })
        end
        if ngx.var.arg_how ~= "kill" then return hold() end
        local thread = ngx.thread.spawn(hold)
        ngx.sleep(0.02)
        ngx.thread.kill(thread)
        ngx.say(ryx.advisory_lock("state", function() return "killed" end, { wait = 2 }))
      }
    }
    location = /lock {
      content_by_lua_block {
        ngx.say(require("ryx").advisory_lock("state", function() return "got" end, { wait = 2 }))
      }
    }
    location = /joining {
      content_by_lua_block {
        local ryx = require "ryx"
        ryx.timeout(0.05, function()
          ryx.strict(function()
            ryx.gather(function() ngx.sleep(0.01) end, function() ngx.exit(503) end)
          end)
        end)
      }
    }
    location = /after_joining {
      content_by_lua_block {
        local ryx = require "ryx"
        ngx.sleep(0.06)
        local item = Item.objects:create{ name = "after" }
        local child = Child.objects:get{ id = Child.objects:create{ item = item }.id }
        ngx.say(child.item.name)
      }
    }
    location = /killed {
      content_by_lua_block {
        local ryx = require "ryx"
        local function run(fn, ...) assert(ngx.thread.wait(assert(ngx.thread.spawn(fn, ...)))) end
        local function kill(fn)
          local thread = ngx.thread.spawn(fn)
          ngx.sleep(0.001)
          ngx.thread.kill(thread)
        end
        local function create() Item.objects:create{ name = "killed" } end
        for i = 1, 100 do
          kill(function()
            ryx.transaction(function()
              Item.objects:count()
              ngx.sleep(30)
            end, { read_only = true })
          end)
          -- They may run in the same coroutine.
          run(create)
          kill(slow)
          run(create)
          kill(function() ryx.timeout(0.001, ryx.strict, ngx.sleep, 30) end)
          run(create)
        end
        for i = 1, 5 do
          kill(function()
            ryx.transaction(function()
              Item.objects:create{ name = "lost" }
              ngx.sleep(30)
            end)
          end)
          run(create)
        end
        ngx.say(Item.objects:filter{ name = "killed" }:count())
      }
    }
    location = /abandoned {
      content_by_lua_block {
        local ryx = require "ryx"
        for _, make in ipairs{ coroutine.wrap, ryx.wrap } do
          local generate = make(function()
            ryx.transaction(function()
              Item.objects:create{ name = "lost" }
              coroutine.yield(1)
            end)
          end)
          generate()
          if make == ryx.wrap then Item.objects:create{ name = "kept" } end
        end
        ngx.say("left")
      }
    }
    location = /gather {
      content_by_lua_block {
        local ryx = require "ryx"
        local ok, err = pcall(ryx.transaction, function()
          Item.objects:create{ name = "parent" }
          ryx.gather(function() Item.objects:create{ name = "child" } end)
        end)
        ngx.say(ok and "done" or tostring(err))
      }
    }
    location = /sort {
      content_by_lua_block {
        local ryx = require "ryx"
        local item = Item.objects:create{ name = "parent" }
        Child.objects:create{ item = item }
        local said = {}
        local function refused(call)
          local child = Child.objects:order_by("id"):first()
          local ok, err = pcall(call, function() return child.item.name end)
          said[#said + 1] = ok and "worked" or tostring(err):find("prefetch_related", 1, true) and "refused" or tostring(err)
        end
        refused(function(fn) table.sort({ 2, 1 }, function(a, b) fn() return a < b end) end)
        refused(function(fn) return (("x"):gsub("x", fn)) end)
        refused(function(fn)
          package.preload["ryx_state_module"] = fn
          require "ryx_state_module"
        end)
        pcall(string.gsub, "x", "x", function() Item.objects:create{ name = "refused" } end)
        said[#said + 1] = Item.objects:filter{ name = "refused" }:count()
        ngx.say(table.concat(said, " "))
      }
    }
    location = /deadline {
      content_by_lua_block {
        local ryx = require "ryx"
        local said = {}
        for _, wait in ipairs{
          slow, function() ngx.sleep(0.01) ryx.sleep(20) end, function() ryx.gather(slow, slow) end,
          function() ryx.transaction(slow) end, function() ryx.timeout(10, slow) end,
        } do
          local ok, err
          local took = seconds(function() ok, err = pcall(ryx.timeout, 0.2, wait) end)
          said[#said + 1] = not ok and err.message == "timed out after 0.2 s" and took < 1.2 and "ok"
            or tostring(err) .. " in " .. took
        end
        ngx.say(table.concat(said, " "))
      }
    }
  }
}
CONF
# The reports of abandoned transactions are the handler's, so the log stays empty.
start
sqlite() { [ "${RYX_TEST_URL%%:*}" = sqlite ]; }

[ "$(ask "/count?name=init")" = 1 ]
check "a query in init_by_lua, and requests afterwards" $?
[ "$(ask "/count?name=init_worker")" = 2 ]
check "queries in init_worker_by_lua, and requests afterwards" $?
master=$(cat "$dir/nginx.pid")
! ask "/open_files?pid=$master" | grep -q '\.db'
check "the master has no file of SQLite's open" $?
[ "$(ask /open)" = nothing ]
check "nothing is left open by what came before the requests" $?

for how in exit redirect exec; do
  for i in $(seq 20); do
    ask "/exit?how=$how" > /dev/null
    ask "/create?name=$how" > /dev/null
  done
  [ "$(ask "/count?name=$how")" = 20 ] && [ "$(ask "/count?name=lost")" = 0 ]
  check "every create after $how in a transaction is there" $?
done
many() { # many N PATH...: each N times, mixed, 20 at once
  local times=$1 urls="" i path
  shift
  for i in $(seq "$times"); do for path in "$@"; do urls="$urls http://127.0.0.1:$port$path"; done; done
  curl -s -Z --no-progress-meter --parallel-max 20 --max-time 120 $urls
}
[ "$(many 1000 /exit_reading "/create?name=many" | grep -c '^created$')" = 1000 ] && [ "$(ask "/count?name=many")" = 1000 ]
check "1,000 creates among 1,000 requests that exit in a transaction are there" $?
for how in hang slow; do
  for i in $(seq 5); do
    ask "/exit?how=$how" 0.3 > /dev/null
    ask "/create?name=$how" > /dev/null
  done
  [ "$(ask "/count?name=$how")" = 5 ] && [ "$(ask "/count?name=lost")" = 0 ]
  check "every create after a client left a request ($how) is there" $?
done
[ "$(ask /open)" = nothing ]
check "what ended requests held is given back within 2 s" $?
for i in $(seq 3); do ask /stream > /dev/null; done
[ "$(ask /open)" = nothing ]
check "streams of ended requests are closed within 2 s" $?
[ "$(ask /reports)" = 1070 ]
check "each transaction that was left is reported" $?

for how in exit hang; do
  for i in $(seq 5); do ask "/locked?how=$how" 0.3 > /dev/null; done
  [ "$(ask /lock 3)" = got ]
  check "an advisory lock of a request that ended ($how) is given back within 2 s" $?
done
[ "$(for i in $(seq 5); do ask "/locked?how=kill" 3; done | grep -c '^killed$')" = 5 ]
check "an advisory lock of a light thread that was killed is given back within 2 s" $?

for i in $(seq 20); do ask /joining > /dev/null; done
[ "$(for i in $(seq 20); do ask /after_joining; done | grep -c '^after$')" = 20 ]
check "no deadline or strictness is inherited by another request" $?

[ "$(ask /killed)" = 305 ] && [ "$(ask "/count?name=lost")" = 0 ]
check "nothing is inherited from a light thread that was killed" $?
[ "$(ask /open)" = nothing ]
check "what killed light threads held is given back within 2 s" $?

[ "$(ask /abandoned)" = left ] && [ "$(ask "/count?name=kept")" = 1 ] && [ "$(ask "/count?name=lost")" = 0 ]
check "a generator that is left in a transaction" $?
[ "$(ask /open)" = nothing ]
check "its transaction is rolled back" $?

if sqlite; then
  ask /gather 5 | grep -q ':using(tx)'
  check "a child that writes while its parent holds the writer is refused at once" $?
else
  [ "$(ask /gather)" = "done" ]
  check "a child writes while its parent is in a transaction" $?
fi
[ "$(ask /sort)" = "refused refused refused 0" ]
check "a query inside a call of C is refused before it is sent" $?
[ "$(ask /open)" = nothing ]
check "and leaves nothing behind" $?
[ "$(ask /deadline)" = "ok ok ok ok ok" ]
check "waits end at the deadline" $?
[ "$(ask /open)" = nothing ]
check "nothing is left open at the end" $?
quit
check "a graceful quit" $?
! grep -E '\[(alert|crit|emerg|error)\]' "$dir/logs/error.log"
check "the error log is empty" $?

# Without a cache each request has a Lua state of its own.
cat > "$dir/nginx.conf" <<CONF
$(main_part 1)
http {
$(http_part)
  lua_code_cache off;
  init_by_lua_block {
    local ryx = require "ryx"
    ryx.setup("$RYX_TEST_URL")
    Item = ryx.model("StateItem", { name = ryx.CharField{ max_length = 50 } })
    Item.objects:count()
  }
  server {
    listen 127.0.0.1:$port;
    $ready
    location = /count { content_by_lua_block { ngx.say(Item.objects:filter{ name = "init" }:count()) } }
  }
}
CONF
start
[ "$(for i in $(seq 5); do ask /count 5; done | grep -c '^1$')" = 5 ]
check "requests without the code cache" $?
threads() { ls "/proc/$(pgrep -P "$(cat "$dir/nginx.pid")" | head -1)/task" | wc -l; }
for _ in $(seq 100); do [ "$(threads)" -le 2 ] && break; sleep 0.1; done
[ "$(threads)" -le 2 ]
check "their engines go with them" $?
nginx -s stop
echo "1..$n"
[ $failures = 0 ]
