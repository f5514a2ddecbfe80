-- SPDX-License-Identifier: MIT
-- Storage types: what columns and expressions hold, a row of properties each. The names are
-- those of RYX_TYPES in C (include/ryx_value.h); what a column of one is in a database is in
-- migrations/dialect.
--
--   number    arithmetic knows it
--   ordered   has an order: <, Greatest, Max
--   item      ArrayField may hold it
--   collect   the function of ArrayAgg; absent: no array of it
--   sum       the function of Sum
--   cast      a target of ryx.Cast
--   text      the function that makes its text
--   json      the function that makes its document, "text" where that of its text does
--   member    what a document holds of it as it is, "text" its text; absent: its document
return {
  bool = { ordered = true, item = true, cast = true, collect = "array_agg_bool", text = "cast_text_bool",
    json = "cast_json_bool" },
  int = { number = true, ordered = true, item = true, cast = true, collect = "array_agg", sum = "sum",
    text = "cast_text", json = "cast_json", member = "value" },
  double = { number = true, ordered = true, item = true, cast = true, collect = "array_agg", sum = "sum_double",
    text = "cast_text_double", json = "cast_json_double" },
  decimal = { number = true, ordered = true, item = true, collect = "array_agg_decimal", sum = "sum_decimal",
    text = "cast_text_decimal", json = "cast_json_decimal" },
  text = { ordered = true, item = true, cast = true, collect = "array_agg", json = "cast_json_text",
    member = "value" },
  bytes = {},
  date = { ordered = true, item = true, cast = true, collect = "array_agg", text = "cast_text_date", json = "text",
    member = "text" },
  time = { ordered = true, item = true, cast = true, collect = "array_agg", text = "cast_text_time", json = "text",
    member = "text" },
  datetime = { ordered = true, item = true, cast = true, collect = "array_agg", text = "cast_text_datetime",
    json = "text", member = "text" },
  datetimetz = { ordered = true, item = true, collect = "array_agg", text = "cast_text_datetimetz", json = "text",
    member = "text" },
  duration = { ordered = true, item = true, sum = "sum", json = "cast_json", member = "value" },
  uuid = { ordered = true, item = true, collect = "array_agg", text = "cast_text_uuid", json = "text",
    member = "text" },
  json = { cast = true, member = "item" },
  array = { json = "cast_json", member = "item" },
  null = {},
}
