-- SPDX-License-Identifier: MIT
-- Pages that are made from the sources are those of the sources.
local pages = {
  ["docs/reference/cli.md"] = "scripts/reference/cli.lua",
  ["docs/reference/errors.md"] = "scripts/reference/errors.lua",
  ["docs/reference/fields.md"] = "scripts/reference/fields.lua",
  ["docs/reference/functions.md"] = "scripts/reference/functions.lua",
  ["docs/reference/lookups.md"] = "scripts/reference/lookups.lua",
  ["docs/reference/operations.md"] = "scripts/reference/operations.lua",
  ["docs/reference/signals.md"] = "scripts/reference/signals.lua",
  ["docs/reference/url-options.md"] = "scripts/reference/options.lua",
  ["python/ryx/comparisons.pyi"] = "scripts/reference/comparisons.lua",
  ["python/ryx/functions.pyi"] = "scripts/reference/stubs.lua",
  ["types/ryx.lua"] = "scripts/reference/types.lua",
}

local function read(f)
  local s = f:read("*a")
  f:close()
  return s
end

local n, failures = 0, 0
for page, script in pairs(pages) do
  n = n + 1
  local there = io.open(page)
  local is_current = there and read(there) == read(io.popen("lua5.4 " .. script))
  if not is_current then failures = failures + 1 end
  print(("%s %d - %s is what %s writes"):format(is_current and "ok" or "not ok", n, page, script))
  if not is_current then print("  run make docs") end
end
print("1.." .. n)
os.exit(failures == 0)
