-- SPDX-License-Identifier: MIT
-- Validators by themselves, and ryx.ValidationError.
local ryx = require "ryx"

-- The message that a validator has for a value, or nil.
local function message(validator, v)
  local ok, e = pcall(validator, v)
  if ok then return nil end
  assert.is_true(e:is(ryx.ValidationError))
  return table.concat(e.errors.__all__, "|")
end

local function accepts(validator, list)
  for _, v in ipairs(list) do assert.is_nil(message(validator, v), "refused: " .. tostring(v)) end
end

local function refuses(validator, list)
  for _, v in ipairs(list) do assert.equal(validator.message, message(validator, v), "accepted: " .. tostring(v)) end
end

local function misuse(text, fn, ...)
  local e = select(2, pcall(fn, ...))
  assert.equal("misuse", e.kind)
  assert.truthy(e.message:find(text, 1, true), e.message)
end

describe("a validator", function()
  it("has the messages that are documented", function()
    for text, v in pairs{
      ["This field may not be null."] = ryx.NotNullValidator(),
      ["This field may not be blank."] = ryx.NotBlankValidator(),
      ["Ensure this value has at most 3 characters."] = ryx.MaxLengthValidator(3),
      ["Ensure this value has at least 3 characters."] = ryx.MinLengthValidator(3),
      ["Ensure this value is greater than or equal to 3."] = ryx.MinValueValidator(3),
      ["Ensure this value is less than or equal to 3.5."] = ryx.MaxValueValidator(3.5),
      ["Value must be between 1 and 3."] = ryx.RangeValidator(1, 3),
      ["Value must match pattern: ^a"] = ryx.RegexValidator("^a"),
      ["Begin with a."] = ryx.RegexValidator("^a", "Begin with a."),
      ["Enter a valid email address."] = ryx.EmailValidator(),
      ["Enter a valid URL."] = ryx.URLValidator(),
      ["Enter a valid IPv4 address."] = ryx.IPv4Validator(),
      ["Enter a valid IPv6 address."] = ryx.IPv6Validator(),
      ["Enter a valid IPv4 or IPv6 address."] = ryx.IPAddressValidator(),
      ["Value must be one of: ['a', 'b', 1]"] = ryx.ChoicesValidator{ "b", { "a", "A label" }, 1 },
      ["Invalid value."] = ryx.FunctionValidator(function() return nil end),
      ["Even."] = ryx.FunctionValidator(function(v) return v % 2 == 0 end, "Even."),
    } do assert.equal(text, v.message) end
  end)

  it("raises when it is called, or by validate", function()
    local even = ryx.FunctionValidator(function(v) return v % 2 == 0 end, "Even.")
    for _, way in ipairs{ function(v) even(v) end, function(v) even:validate(v) end } do
      way(2)
      local e = select(2, pcall(way, 3))
      assert.same({ __all__ = { "Even." } }, e.errors)
      assert.equal("Even.", e.message)
      assert.truthy(e.where:find("validator_spec.lua", 1, true))
    end
    assert.equal("<FunctionValidator>", tostring(even))
  end)

  it("lets NULL pass, but for NotNull", function()
    for _, v in ipairs{
      ryx.NotBlankValidator(), ryx.MaxLengthValidator(3), ryx.MinLengthValidator(3), ryx.MinValueValidator(3),
      ryx.MaxValueValidator(3), ryx.RangeValidator(1, 3), ryx.RegexValidator("^a"), ryx.EmailValidator(),
      ryx.URLValidator(), ryx.IPv4Validator(), ryx.IPv6Validator(), ryx.IPAddressValidator(),
      ryx.ChoicesValidator{ 1 }, ryx.FunctionValidator(function() return false end),
    } do
      v(nil)
      v:validate(ryx.null)
    end
    assert.equal("This field may not be null.", message(ryx.NotNullValidator(), nil))
    assert.equal("This field may not be null.", message(ryx.NotNullValidator(), ryx.null))
    accepts(ryx.NotNullValidator(), { "", 0, false })
  end)

  it("counts characters, and items of lists", function()
    accepts(ryx.MaxLengthValidator(3), { "äöü", "日本語", "", { 1, 2, 3 }, 123 })
    refuses(ryx.MaxLengthValidator(3), { "äöüß", "日本語文", "abcd", { 1, 2, 3, 4 }, 1234 })
    accepts(ryx.MinLengthValidator(2), { "äö", "😀😀", { 1, 2 }, 12 })
    refuses(ryx.MinLengthValidator(2), { "ä", "😀", "", {}, 1 })
  end)

  it("knows white space of all scripts", function()
    refuses(ryx.NotBlankValidator(), { "", " ", "\t\n", "\194\160", "　 " })
    accepts(ryx.NotBlankValidator(), { "a", " ä ", "　日", "\194\160x" })
  end)

  it("compares what has an order", function()
    accepts(ryx.MinValueValidator(3), { 3, 3.5, 4, 1 / 0, ryx.decimal("3.00"), ryx.decimal("9007199254740993") })
    refuses(ryx.MinValueValidator(3), { 2, 2.9, -1 / 0, 0 / 0, "7", true, {}, ryx.decimal("2.99") })
    accepts(ryx.MaxValueValidator(0.5), { 0.5, ryx.decimal("0.50") })
    refuses(ryx.MaxValueValidator(0.5), { 0.51, 0 / 0, ryx.decimal("0.51") })
    accepts(ryx.RangeValidator("2024-01-01", ryx.date(2024, 12, 31)), { ryx.date(2024, 1, 1), ryx.date(2024, 12, 31) })
    refuses(ryx.RangeValidator("2024-01-01", ryx.date(2024, 12, 31)), { ryx.date(2023, 12, 31), ryx.date(2025, 1, 1) })
    accepts(ryx.MaxValueValidator("2024-01-01"), { ryx.datetime("2023-12-31T23:59:59"), ryx.date(2024, 1, 1) })
    refuses(ryx.MaxValueValidator(ryx.duration{ hours = 1 }), { ryx.duration{ hours = 2 } })
    accepts(ryx.RangeValidator("b", "d"), { "b", "c", "d" })
    refuses(ryx.RangeValidator("b", "d"), { "a", "e" })
    assert.equal("Value must be between 1 and 1.5.", ryx.RangeValidator(1.0, 1.5).message)
  end)

  it("searches by a pattern", function()
    accepts(ryx.RegexValidator("^[-\\w]+$"), { "a-b_c", "größe", "日本語", 12 })
    refuses(ryx.RegexValidator("^[-\\w]+$"), { "", "a b", "a\n", "a.b" })
    accepts(ryx.RegexValidator("(?i)^ÄB"), { "äbc", "ÄBC" })
    accepts(ryx.RegexValidator("b"), { "abc" })
    refuses(ryx.RegexValidator("^(a+)+$", "No."), { ("a"):rep(60) .. "b", "\255" })
    misuse("missing closing parenthesis", ryx.RegexValidator, "a(")
    misuse("pattern", ryx.RegexValidator, nil)
    misuse("message", ryx.RegexValidator, "a", 5)
  end)

  it("knows addresses for mail", function()
    accepts(ryx.EmailValidator(), {
      "ann@example.com", "a@b.c", "a.b+c_d-e@sub.example.co.uk", "o'neil@example.org", '"a b"@example.com',
      "jörg@bücher.example", "x@xn--bcher-kva.example", "a@[127.0.0.1]", "a@[IPv6:2001:db8::1]", "a@[::1]",
      ("a"):rep(64) .. "@example.com", "ann@4you.example",
    })
    refuses(ryx.EmailValidator(), {
      "", "ann", "ann@", "@example.com", "ann@example", "ann@@example.com", "ann@ example.com", "ann @example.com",
      "a..b@example.com", ".a@example.com", "a.@example.com", "ann@example..com", "ann@.com", "ann@example.com.",
      "ann@-example.com", "ann@example-.com", "ann@exa_mple.com", "ann@1.2.3.4", "ann@[1.2.3.400]", "ann@[a]",
      "ann@example.com\n", "ann@exam\nple.com", "a\0b@example.com", 'a"b@example.com', '"a"b"@example.com',
      ("a"):rep(65) .. "@example.com", "ann@" .. ("a"):rep(64) .. ".com", "ann@example.com, b@example.com", 5,
      "Ann <ann@example.com>",
    })
  end)

  it("knows URLs", function()
    accepts(ryx.URLValidator(), {
      "http://example.com", "https://example.com/", "HTTPS://Example.COM:8080/a/b?c=d&e=f#g", "http://localhost:8000",
      "http://127.0.0.1/", "http://[::1]:80/x", "http://user:pw@example.com/", "http://user@example.com",
      "http://bücher.example/straße", "http://xn--bcher-kva.example", "http://a.b-c.de", "http://example.com.",
      "http://example.com?x", "http://example.com#x", "http://intranet/x", "http://1337.net", "http://a.b/(c)_d",
      "http://foo.bar/?q=Test%20x", "http://223.255.255.254",
    })
    refuses(ryx.URLValidator(), {
      "", "foo", "http://", "http:///a", "http://.", "http://..", "http://?", "http://#", "//example.com",
      "example.com", "ftp://example.com", "javascript:alert(1)", "http:example.com", "http:/example.com",
      "http:// example.com", "http://example.com/a b", "http://example.com\n",
      "http://-a.com", "http://a-.com", "http://a..b", "http://.a.b",
      "http://1.1.1.1.1", "http://999.1.1.1", "http://3628126748", "http://[::1:2::3]", "http://[1.2.3.4]",
      "http://[::1", "http://::1/", "http://a@b@c.com", "http://a:b:c@d.com", "http://:a@b.com", "http://@b.com",
      "http://a.com:99999", "http://a.com:8x", "http://a.com:",
      "http://exa_mple.com", "http://a.com\0", "http://" .. ("a"):rep(64) .. ".com",
      "http://a.com/" .. ("a"):rep(2100), 5,
    })
  end)

  it("knows addresses of the internet", function()
    accepts(ryx.IPv4Validator(), { "0.0.0.0", "255.255.255.255", "127.0.0.1" })
    refuses(ryx.IPv4Validator(), { "", "256.0.0.1", "999.9.9.9", "1.2.3", "1.2.3.4.5", "01.2.3.4", "::1", "1.2.3.4 " })
    accepts(ryx.IPv6Validator(), { "::", "::1", "2001:DB8::1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8" })
    refuses(ryx.IPv6Validator(), { "", ":", ":::", "1:2:3", "12345::", "::1::", "g::", "1.2.3.4", "::ffff:1.2.3.400" })
    accepts(ryx.IPAddressValidator(), { "1.2.3.4", "::1" })
    refuses(ryx.IPAddressValidator(), { "localhost", "1.2.3.4:80", "[::1]" })
  end)

  it("knows choices of any type", function()
    local v = ryx.ChoicesValidator{ "a", 1, true, ryx.date(2024, 1, 1), { "b", "B" } }
    accepts(v, { "a", "b", 1, 1.0, true, ryx.date("2024-01-01") })
    refuses(v, { "c", "1", false, 2, ryx.date("2024-01-02"), {} })
    misuse("choices holds", ryx.ChoicesValidator, { {} })
    misuse("choices holds", ryx.ChoicesValidator, { { {}, "x" } })
  end)

  it("is refused where it can never work", function()
    misuse("MaxLengthValidator", ryx.MaxLengthValidator, "a")
    misuse("MinLengthValidator", ryx.MinLengthValidator, -1)
    misuse("MinValueValidator", ryx.MinValueValidator)
    misuse("MaxValueValidator", ryx.MaxValueValidator, nil)
    misuse("RangeValidator", ryx.RangeValidator, 1)
    misuse("ChoicesValidator", ryx.ChoicesValidator, "a")
    misuse("FunctionValidator", ryx.FunctionValidator, "a")
    misuse("a validator is a function", ryx.CharField, { validators = { "a" } })
  end)
end)

describe("validators of a field", function()
  local Page = ryx.model("ValidatedPage", {
    code = ryx.CharField{ validators = { ryx.RegexValidator("^[A-Z]+$", "Capitals."), function(v)
      if v == "BAD" then return "Not that." end
      if v == "worse" then error(ryx.ValidationError("Even worse.")) end
      return v ~= "FALSE"
    end } },
    note = ryx.CharField{ null = true, validators = { ryx.NotNullValidator() } },
    price = ryx.DecimalField{ validators = { ryx.MinValueValidator(1), ryx.MaxValueValidator("9.5") } },
    due = ryx.DateField{ null = true, validators = { ryx.MinValueValidator("2024-01-01") } },
  })

  local function errors_of(values)
    local ok, e = pcall(function() Page(values):full_clean() end)
    return not ok and e.errors or {}
  end

  it("are asked in their order, each of them", function()
    assert.same({}, errors_of{ code = "A", note = "", price = "1" })
    local code = function(v) return errors_of{ code = v, note = "", price = 1 }.code end
    assert.same({ "Capitals." }, code "a")
    assert.same({ "Not that." }, code "BAD")
    assert.same({ "Invalid value." }, code "FALSE")
    assert.same({ "Capitals.", "Even worse." }, code "worse")
  end)

  it("may refuse NULL where the column does not", function()
    assert.same({ note = { "This field may not be null." } }, errors_of{ code = "A", price = 1 })
  end)

  it("compare with bounds that are not of its type", function()
    assert.same({ price = { "Ensure this value is greater than or equal to 1." } },
      errors_of{ code = "A", note = "", price = "0.99" })
    assert.same({ price = { "Ensure this value is less than or equal to 9.5." } },
      errors_of{ code = "A", note = "", price = "9.51" })
    assert.same({ due = { "Ensure this value is greater than or equal to 2024-01-01." } },
      errors_of{ code = "A", note = "", price = 2, due = "2023-12-31" })
  end)

  it("that fail themselves are no errors of the value", function()
    local Broken = ryx.model("BrokenPage", { a = ryx.IntField{ validators = { function(v) return v.x.y end } } })
    local ok, e = pcall(function() Broken{ a = 1 }:full_clean() end)
    assert.is_false(ok)
    assert.equal("string", type(e))
  end)
end)

describe("a ValidationError", function()
  it("is made of a text, a list, or of messages by field", function()
    assert.same({ __all__ = { "Closed." } }, ryx.ValidationError("Closed.").errors)
    assert.same({ __all__ = { "Closed.", "Gone." } }, ryx.ValidationError{ "Closed.", "Gone." }.errors)
    assert.same({ a = { "x" }, b = { "y", "z" } }, ryx.ValidationError{ a = "x", b = { "y", "z" } }.errors)
    assert.same({ __all__ = { "Closed." }, a = { "x" } }, ryx.ValidationError{ "Closed.", a = "x" }.errors)
    local e = ryx.ValidationError{ a = "x" }
    assert.equal("validation", e.kind)
    assert.equal("a", e.field)
    assert.is_true(e:is(ryx.ValidationError))
    assert.is_true(e:is(ryx.RyxError))
    assert.is_false(e:is(ryx.IntegrityError))
    assert.same(e.errors, ryx.ValidationError(e).errors)
    assert.not_equal(e.errors, ryx.ValidationError(e).errors)
    for _, wrong in ipairs{ {}, { a = {} }, { a = 4 }, { a = { 4 } }, { true }, { [true] = "x" }, 5 } do
      misuse("ValidationError", ryx.ValidationError, wrong)
    end
    misuse("ValidationError", ryx.ValidationError)
  end)

  it("prints the messages of every field on one line", function()
    local text = tostring(ryx.ValidationError{ "Closed.", title = { "Too long.", "Not nice." }, age = "Too low." })
    assert.truthy(text:find(": Closed.; age: Too low.; title: Too long. Not nice.", 1, true), text)
    assert.is_nil(text:find("\n", 1, true))
    assert.truthy(("" .. ryx.ValidationError("Closed.")):find("Closed.", 1, true))
  end)

  it("merges another one, and gives itself", function()
    local e = ryx.ValidationError{ a = "x" }
    assert.equal(e, e:merge(ryx.ValidationError{ a = "y", b = "z" }))
    assert.same({ a = { "x", "y" }, b = { "z" } }, e.errors)
    assert.truthy(tostring(e):find("a: x y; b: z", 1, true))
    assert.is_nil(e.field)
    e:merge("Closed."):merge{ "Gone." }:merge{ c = "w" }
    assert.same({ a = { "x", "y" }, b = { "z" }, c = { "w" }, __all__ = { "Closed.", "Gone." } }, e.errors)
    misuse("ValidationError", e.merge, e, nil)
    misuse("ValidationError", e.merge, e, { a = 4 })
    local none = select(2, pcall(ryx.date, "tomorrow")) -- of a value, without a field
    assert.same({ "x" }, ryx.ValidationError("x"):merge(none).errors.__all__[1] and { "x" })
    assert.equal(none.message, ryx.ValidationError("x"):merge(none).errors.__all__[2])
  end)

  it("keeps what it is merged from as it is", function()
    local a, b = ryx.ValidationError{ x = "1" }, ryx.ValidationError{ x = "2" }
    a:merge(b)
    a:merge(b)
    assert.same({ x = { "2" } }, b.errors)
    assert.same({ x = { "1", "2", "2" } }, a.errors)
  end)

  it("is JSON for a form as it is", function()
    local e = ryx.ValidationError{ "Closed.", title = { "a", "b" } }
    assert.equal('{"__all__":["Closed."],"title":["a","b"]}', ryx.json.encode(e.errors))
  end)
end)
