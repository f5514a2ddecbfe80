-- SPDX-License-Identifier: MIT
-- MySQL's catalog is MariaDB's.
return require "ryx.db.rules.mariadb"
