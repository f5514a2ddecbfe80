-- SPDX-License-Identifier: MIT
-- Terms against a select builder: F"author__name" becomes a column behind a join, a value
-- a parameter, a Q a condition. The files below register what each term becomes.
local resolver = require "ryx.query.resolve.resolver"
require "ryx.query.resolve.expression"
require "ryx.query.resolve.condition"
require "ryx.query.resolve.json_change"
require "ryx.query.resolve.subquery"
require "ryx.query.resolve.aggregate"
require "ryx.query.resolve.window"

return { new = resolver.new }
