-- SPDX-License-Identifier: MIT
-- What SQL of ryx's own asks of a server that only an extension gives it.
local M = {}

local UNDEFINED_FUNCTION = "42883"

-- The extension by a function of it.
local EXTENSIONS = { ["similarity("] = "pg_trgm" }

--- Says of an error which extension is not there, where it is that.
function M.explain(err)
  if err.sqlstate ~= UNDEFINED_FUNCTION then return end
  for name, extension in pairs(EXTENSIONS) do
    if err.message:find(name, 1, true) then
      err.kind = "unsupported"
      err.message = ("this database lacks the extension %s: run CREATE EXTENSION %s once"):format(extension, extension)
    end
  end
end

return M
