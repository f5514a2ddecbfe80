-- SPDX-License-Identifier: MIT
-- Where ryx.configure_cache keeps entries when no backend is named: the ones used last, in
-- memory. Their time is looked at by whoever finds them.
local M = {}

local Memory = {}
Memory.__index = Memory

local function unlink(node)
  node.before.after, node.after.before = node.after, node.before
end

local function link_first(self, node)
  local ring = self.ring
  node.before, node.after = ring, ring.after
  ring.after.before, ring.after = node, node
end

function Memory:get(key)
  local node = self.nodes[key]
  if not node then return nil end
  unlink(node)
  link_first(self, node)
  return node.value
end

function Memory:delete(key)
  local node = self.nodes[key]
  if not node then return end
  unlink(node)
  self.nodes[key], self.n = nil, self.n - 1
end

function Memory:set(key, v)
  self:delete(key)
  if self.n >= self.max_size then self:delete(self.ring.before.key) end
  local node = { key = key, value = v }
  self.nodes[key], self.n = node, self.n + 1
  link_first(self, node)
end

function Memory:clear()
  local ring = {}
  ring.before, ring.after = ring, ring
  self.ring, self.nodes, self.n = ring, {}, 0
end

--- A backend for at most so many entries, which keeps tables as they are.
function M.new(max_size)
  local self = setmetatable({ max_size = max_size, keeps_tables = true }, Memory)
  self:clear()
  return self
end

return M
