import { expect, it } from "vitest";
import { canonicalHost, shownAddress } from "./address.js";

it.each([
  ["zoo-1.example", "zoo-1.example"],
  ["10.0.0.7", "10.0.0.7"],
  ["::1", "0:0:0:0:0:0:0:1"],
  ["2001:DB8::1:0:a0", "2001:db8:0:0:0:1:0:a0"],
  ["102:304:506:708:90a:b0c:d0e:f10", "102:304:506:708:90a:b0c:d0e:f10"],
  ["fe80::1%eth0", "fe80:0:0:0:0:0:0:1%eth0"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["0:0:0:0:0:ffff:0a00:0001", "10.0.0.1"],
  ["0:0:0:0:1:ffff:a00:1", "0:0:0:0:1:ffff:a00:1"],
  ["1::ffff:a00:1", "1:0:0:0:0:ffff:a00:1"],
  ["::fffe:a00:1", "0:0:0:0:0:fffe:a00:1"],
  ["::ff:a00:1", "0:0:0:0:0:ff:a00:1"],
])("the host %s is shown as %s, as Java does", (given, shown) => {
  expect(canonicalHost(given)).toBe(shown);
});

it.each(["", " a", "a ", "a b", "a|b", "a;b", "a=b", "[a", "a]", "::1::2", "fe80::1%a%b", "1:2", "%eth0:"])(
  "%j is not a host",
  (given) => {
    expect(canonicalHost(given)).toBeUndefined();
  },
);

it("an IPv6 address is in brackets before its port", () => {
  expect(shownAddress({ host: "0:0:0:0:0:0:0:1", port: 2181 })).toBe("[0:0:0:0:0:0:0:1]:2181");
  expect(shownAddress({ host: "zoo1", port: 2181 })).toBe("zoo1:2181");
});
