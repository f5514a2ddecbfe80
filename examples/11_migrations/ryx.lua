-- A project with migrations. From this folder:
--
--   ryx migrate                      makes the tables
--   ryx run shop.lua                 uses them
--   ryx migrate 0001                 takes back what came after the first
--   ryx makemigrations               finds nothing, until you change models.lua
--
-- With --url, or RYX_DATABASE_URL, the same on PostgreSQL, MariaDB and MySQL.
return {
  database = { url = "sqlite:shop.db" },
  models = "models",
  migrations = "migrations",
}
