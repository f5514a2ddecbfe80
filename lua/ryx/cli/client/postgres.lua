-- SPDX-License-Identifier: MIT
-- psql. What has no flag of its own goes through the environment, as the password does.
local M = { programs = { "psql" } }

local VARIABLES = {
  password = "PGPASSWORD", sslmode = "PGSSLMODE", sslrootcert = "PGSSLROOTCERT", sslcert = "PGSSLCERT",
  sslkey = "PGSSLKEY",
}
local FLAGS = { { "host", "--host=" }, { "port", "--port=" }, { "user", "--username=" } }

function M.environment(option)
  local out = {}
  for name, variable in pairs(VARIABLES) do out[variable] = option(name) end
  out.PGDATABASE = option "database"
  return out
end

function M.arguments(option, command)
  local out = {}
  for _, flag in ipairs(FLAGS) do
    if option(flag[1]) then out[#out + 1] = flag[2] .. option(flag[1]) end
  end
  -- What holds "=" or "://" would be read as a whole connection string.
  local database = option "database"
  if database and not database:find("[=:]") then out[#out + 1] = "--dbname=" .. database end
  if command then out[#out + 1] = "--command=" .. command end
  return out
end

return M
