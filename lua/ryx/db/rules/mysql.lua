-- SPDX-License-Identifier: MIT
-- MySQL's catalog is MariaDB's; the depth of a CASCADE has an error of its own.
local mariadb = require "ryx.db.rules.mariadb"

return {
  folds = mariadb.folds,
  is_too_deep = function(err) return err.code == 3008 end,
  sql = mariadb.sql,
}
