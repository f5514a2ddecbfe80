-- SPDX-License-Identifier: MIT
-- Locks that belong to a session, and by their names to the whole server, so that the database's is a part of it
-- (of another character set than ours). Where one is not given back, the reset of the connection does so.
local in_transaction = require "ryx.db.lock.in_transaction"

local NAME = "SHA2(CONCAT_WS('.', CAST(DATABASE() AS BINARY), CAST(? AS BINARY)), 224)"

return function(stay_sql)
  return setmetatable({
    take_sql = "SELECT GET_LOCK(" .. NAME .. ", 0), 1", stay_sql = stay_sql,
    give_sql = "SELECT RELEASE_LOCK(" .. NAME .. ")", holder_sql = "SELECT IS_USED_LOCK(" .. NAME .. ") AS id",
    holder_name = "the connection",
  }, in_transaction)
end
