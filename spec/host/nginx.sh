#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The scenario list inside nginx: two workers, an engine thread in each, a
# semaphore per waiting request; then requests at once, a reload, a graceful quit.
set -uo pipefail
. "$(dirname "$0")/nginx_base.sh"
cat > "$dir/nginx.conf" <<CONF
$(main_part 2)
http {
$(http_part)
  init_by_lua_block {
    local ryx = require "ryx"
    ryx.setup("$RYX_TEST_URL")
    Item = ryx.model("NginxItem", { name = ryx.CharField{ max_length = 50 }, n = ryx.IntField{ default = 0 } })
  }
  server {
    listen 127.0.0.1:$port;
    $ready
    location = /scenarios {
      content_by_lua_block { require("scenarios").run("$RYX_TEST_URL", ngx.say) }
    }
    location = /create {
      content_by_lua_block {
        local ryx = require "ryx"
        ryx.raw_execute("DROP TABLE IF EXISTS nginx_items")
        ryx.migrate{ Item }
        for i = 1, 100 do Item.objects:create{ name = "item " .. i, n = i } end
        ngx.say(Item.objects:count())
      }
    }
    location = /get {
      content_by_lua_block {
        local n = tonumber(ngx.var.arg_n)
        local item = Item.objects:filter{ n = n }:first()
        ngx.say(ngx.worker.id(), " ", item and item.name or "none")
      }
    }
    location = /slow {
      content_by_lua_block { ngx.sleep(0.3) ngx.say(Item.objects:count()) }
    }
    location = /busy {
      content_by_lua_block {
        local n, till = 0, ngx.now() + ngx.var.arg_seconds
        repeat n = Item.objects:count() ngx.update_time() until ngx.now() > till
        ngx.say(n)
      }
    }
    location = /header {
      header_filter_by_lua_block {
        local ok, err = pcall(function() return Item.objects:count() end)
        ngx.header["X-Error"] = ok and "none" or tostring(err)
      }
      content_by_lua_block { ngx.say("hello") }
    }
    location = /logged {
      content_by_lua_block { ngx.say("noted") }
      log_by_lua_block {
        require("ryx").enqueue(function(n) Item.objects:create{ name = "item " .. n, n = n } end, 777)
      }
    }
    location = /threads {
      content_by_lua_block {
        local threads = {}
        for i = 1, 50 do
          threads[i] = ngx.thread.spawn(function() return Item.objects:get{ n = i }.n end)
        end
        local sum = 0
        for i = 1, 50 do
          local ok, v = ngx.thread.wait(threads[i])
          sum = sum + (ok and v or 0)
        end
        ngx.say(sum)
      }
    }
  }
}
CONF
start

answer=$(ask /scenarios)
while IFS= read -r line; do
  case $line in
    "ok "*) check "${line#ok * - }" 0 ;;
    "not ok "*) check "${line#not ok * - }" 1 ;;
    1..*) ;;
    *) echo "  $line" ;;
  esac
done <<< "$answer"
[ "$n" -ge 10 ]
check "the whole list ran" $?

[ "$(ask /create)" = 100 ]
check "a model of init_by_lua writes in a worker" $?

urls=$(for i in $(seq 100); do echo "http://127.0.0.1:$port/get?n=$i"; done)
curl -s -Z --no-progress-meter --parallel-max 50 --max-time 60 $urls > "$dir/answers"
[ "$(grep -c 'item ' "$dir/answers")" = 100 ] && [ "$(awk '{print $NF}' "$dir/answers" | sort -un | wc -l)" = 100 ]
check "100 requests at once, each its own answer" $?
workers=$(for _ in $(seq 40); do ask "/get?n=1" | cut -d' ' -f1; done | sort -u | wc -l)
[ "$workers" -ge 1 ] && [ "$(pgrep -c -P "$(cat "$dir/nginx.pid")")" = 2 ]
check "two workers run" $?
[ "$(ask /threads)" = 1275 ]
check "50 light threads in one request" $?
curl -s -D "$dir/headers" -o /dev/null "http://127.0.0.1:$port/header"
grep -qi 'x-error:.*header_filter' "$dir/headers"
check "a phase that cannot wait says so" $?

ask /logged > /dev/null
for _ in $(seq 100); do
  [ "$(ask "/get?n=777" | cut -d' ' -f2-)" = "item 777" ] && break
  sleep 0.05
done
[ "$(ask "/get?n=777" | cut -d' ' -f2-)" = "item 777" ]
check "the log phase hands its query on" $?

ask /slow > "$dir/slow" &
slow=$!
sleep 0.1
nginx -s reload
wait $slow
[ "$(cat "$dir/slow")" = 101 ]
check "a request in flight survives a reload" $?
sleep 0.3
[ "$(ask "/get?n=5" | cut -d' ' -f2-)" = "item 5" ]
check "new workers answer after the reload" $?
for ms in $(seq 60 25 260); do
  pids=
  for k in 1 2 3 4; do
    ask "/busy?seconds=$(printf 0.%03d $((ms + 3 * k)))" > "$dir/busy$ms.$k" &
    pids="$pids $!"
  done
  sleep 0.05
  nginx -s reload
  wait $pids
done
[ "$(cat "$dir"/busy* | grep -cx 101)" = 36 ]
check "requests that go on asking survive a reload" $?

# The master removes its pid file as it exits; its process entry may stay until
# somebody reaps it.
nginx -s quit
for _ in $(seq 20); do [ -e "$dir/nginx.pid" ] || break; sleep 0.1; done
[ ! -e "$dir/nginx.pid" ]
check "a graceful quit ends within 2 s" $?
! grep -E '\[(alert|crit|emerg|error)\]' "$dir/logs/error.log"
check "the error log is empty" $?
echo "1..$n"
[ $failures = 0 ]
