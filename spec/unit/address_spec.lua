-- SPDX-License-Identifier: MIT
local address = require "ryx.validate.address"

describe("addresses of the internet", function()
  it("are four numbers up to 255 without leading zeros", function()
    for _, text in ipairs{ "0.0.0.0", "127.0.0.1", "255.255.255.255", "10.20.30.40" } do
      assert.equal(text, address.ipv4(text))
    end
    for _, text in ipairs{
      "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "999.9.9.9", "1.2.3.04", "01.2.3.4", "1.2.3.-4", "1.2.3.4 ",
      " 1.2.3.4", "1.2.3.4\n", "a.b.c.d", "1..2.3", "0x1.2.3.4", "1.2.3.4000000000000000000000000", "1.2.3.4/8", "::1",
    } do
      assert.is_nil(address.ipv4(text), text)
    end
  end)

  it("have one form each: the shortest in small letters", function()
    for given, wanted in pairs{
      ["::"] = "::", ["::1"] = "::1", ["0:0:0:0:0:0:0:1"] = "::1", ["1::"] = "1::", ["0:0:0:0:0:0:0:0"] = "::",
      ["2001:0DB8:0000:0000:0000:ff00:0042:8329"] = "2001:db8::ff00:42:8329",
      ["2001:db8:0:0:1:0:0:1"] = "2001:db8::1:0:0:1", -- the first of two runs
      ["2001:0:0:1:0:0:0:1"] = "2001:0:0:1::1", -- the longer one
      ["2001:db8:0:1:1:1:1:1"] = "2001:db8:0:1:1:1:1:1", -- one group is no run
      ["2001:db8::0:1:1:1:1"] = "2001:db8::1:1:1:1", ["1:2:3:4:5:6:7::"] = "1:2:3:4:5:6:7:0",
      ["::2:3:4:5:6:7:8"] = "0:2:3:4:5:6:7:8", ["FE80::ABCD"] = "fe80::abcd", ["1:2:3:4:5:6:7:8"] = "1:2:3:4:5:6:7:8",
      ["::FFFF:192.0.2.1"] = "::ffff:192.0.2.1", ["::ffff:c000:0201"] = "::ffff:192.0.2.1",
      ["64:ff9b::192.0.2.33"] = "64:ff9b::c000:221", ["1:2:3:4:5:6:1.2.3.4"] = "1:2:3:4:5:6:102:304",
    } do
      assert.equal(wanted, address.ipv6(given), given)
      assert.equal(wanted, address.ipv6(wanted), wanted)
      assert.equal(wanted, address.any(given), given)
    end
  end)

  it("are no IPv6 where a group is missing, too many or too long", function()
    for _, text in ipairs{
      "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::1", "1:2:3:4:5:6:7:8::",
      "::1:2:3:4:5:6:7:8", ":1::2", "1::2:", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::256.1.1.1", "::1.2.3.4:5",
      "fe80::1%eth0", "::1/64", " ::1", "::1\n", "[::1]", "1.2.3.4",
      "1:2:3:4:5:6:7:", ":2:3:4:5:6:7:8", "1:::2", "::01.2.3.4",
    } do
      assert.is_nil(address.ipv6(text), text)
    end
  end)

  it("are of either kind", function()
    assert.equal("10.0.0.1", address.any("10.0.0.1"))
    assert.equal("::a", address.any("0::A"))
    assert.is_nil(address.any("nowhere"))
  end)
end)
