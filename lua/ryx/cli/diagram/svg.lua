-- SPDX-License-Identifier: MIT
-- A picture of models, drawn by dot, of Graphviz.
local dot = require "ryx.cli.diagram.dot"
local errors = require "ryx.errors"

local NOT_FOUND = 127

local function draw(path)
  local pipe = io.popen(("dot -Tsvg '%s' 2>/dev/null"):format(path))
  local text = pipe:read("*a")
  local ok, _, code = pipe:close()
  if ok then return text end
  if code == NOT_FOUND then
    errors.raise("operational", "there is no dot on the PATH, which draws the picture: install graphviz, or take "
      .. "--format mermaid or dot")
  end
  errors.raise("operational", "dot of graphviz ends with %s", tostring(code))
end

return function(facts)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(dot(facts))
  file:close()
  local ok, result = pcall(draw, path)
  os.remove(path)
  if not ok then error(result, 0) end
  return result
end
