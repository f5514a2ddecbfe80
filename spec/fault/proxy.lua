-- SPDX-License-Identifier: MIT
-- The fault proxy (proxy.c, which lists its commands) in front of a server: a process
-- of its own, so that a script that blocks can be tested. Commands go through its
-- standard input, answers come through a pipe with a name.
--
--   local proxy = require("fault.proxy").open(url)
--   ryx.setup(proxy.url)
--   proxy:tell("on COMMIT lose")
local uv = require "luv"

local M = {}

local Proxy = {}
Proxy.__index = Proxy

local function target(url)
  local host, port = url:match("@([%d.]+):(%d+)/")
  return assert(host, "the URL of a test server has an address and a port: " .. url), port
end

--- Starts a proxy for a server's URL; options: listen = "127.0.0.9:5432", socket = path.
function M.open(url, options)
  options = options or {}
  local host, port = target(url)
  local to = options.socket or host .. " " .. port
  local pipe = os.tmpname()
  os.remove(pipe)
  assert(os.execute("mkfifo " .. pipe))
  local orders = assert(io.popen(("exec build/fault/fault_proxy %s %s > %s 2>/dev/null")
    :format(options.listen or "127.0.0.1:0", to, pipe), "w"))
  orders:setvbuf("line")
  local answers = assert(io.open(pipe))
  os.remove(pipe)
  local own, pid = answers:read("n", "n")
  assert(own and answers:read("l"), "the fault proxy did not start: make fault-tools")
  local through = url:gsub("@[%d.]+:%d+/", ("@127.0.0.1:%d/"):format(own))
  return setmetatable({
    orders = orders, answers = answers, port = own, pid = pid, url = through .. "?sslmode=disable",
  }, Proxy)
end

--- Gives a command and waits until it is in force; returns what the proxy says.
function Proxy:tell(command)
  assert(self.orders:write(command, "\n"))
  return assert(self.answers:read("l"), "the fault proxy is gone")
end

--- Connections so far, and now.
function Proxy:count()
  local accepted, live = self:tell("count"):match("(%d+) (%d+)")
  return tonumber(accepted), tonumber(live)
end

--- Stops the process itself: its kernel still acknowledges what is sent.
function Proxy:freeze() uv.kill(self.pid, "sigstop") end
function Proxy:thaw() uv.kill(self.pid, "sigcont") end

function Proxy:close()
  self:thaw()
  -- A server started meanwhile may hold the other end of its input.
  self.orders:write("quit\n")
  self.orders:close()
  self.answers:close()
end

return M
