-- SPDX-License-Identifier: MIT
-- The client of MariaDB, or of MySQL where that one is not there: they differ in how they speak of TLS.
local M = { programs = { "mariadb", "mysql" } }

local FLAGS = { { "port", "--port=" }, { "user", "--user=" }, { "database", "--database=" },
  { "sslrootcert", "--ssl-ca=" }, { "sslcert", "--ssl-cert=" }, { "sslkey", "--ssl-key=" } }
local TLS = {
  mariadb = {
    disable = "--skip-ssl", require = "--ssl", ["verify-ca"] = "--ssl", ["verify-full"] = "--ssl-verify-server-cert",
  },
  mysql = {
    disable = "--ssl-mode=DISABLED", require = "--ssl-mode=REQUIRED", ["verify-ca"] = "--ssl-mode=VERIFY_CA",
    ["verify-full"] = "--ssl-mode=VERIFY_IDENTITY",
  },
}

function M.environment(option)
  return { MYSQL_PWD = option "password" }
end

function M.arguments(option, command, program)
  local out, host = {}, option "host"
  if host then out[1] = (host:sub(1, 1) == "/" and "--socket=" or "--host=") .. host end
  for _, flag in ipairs(FLAGS) do
    if option(flag[1]) then out[#out + 1] = flag[2] .. option(flag[1]) end
  end
  out[#out + 1] = TLS[program][option "sslmode"]
  if command then out[#out + 1] = "--execute=" .. command end
  return out
end

return M
