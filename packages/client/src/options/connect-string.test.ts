import { describe, expect, it } from "vitest";
import { parseConnectString } from "./connect-string.js";

const server = (host: string, port = 2181) => ({ host, port });

describe("a connect string", () => {
  it.each([
    ["localhost", [server("localhost")], ""],
    ["a:1,b:65535", [server("a", 1), server("b", 65_535)], ""],
    [" a:1 , b ", [server("a", 1), server("b")], ""],
    ["a:1,b:2/app/one", [server("a", 1), server("b", 2)], "/app/one"],
    ["a/", [server("a")], ""],
    ["[::1]:2182", [server("::1", 2182)], ""],
    ["[fe80::1%eth0],10.0.0.1:7/x", [server("fe80::1%eth0"), server("10.0.0.1", 7)], "/x"],
    ["zk-0.zk_headless.svc.cluster.local:2181", [server("zk-0.zk_headless.svc.cluster.local")], ""],
  ])("%j is parsed", (text, servers, chroot) => {
    expect(parseConnectString(text)).toEqual({ servers, chroot });
  });

  it.each([
    ["", "a server is missing"],
    ["a,,b", "a server is missing"],
    ["a,", "a server is missing"],
    ["/app", "a server is missing"],
    ["::1:2181", "write an IPv6 address in brackets"],
    ["[::1", "is not an address"],
    ["[::1]2181", "is not an address"],
    ["[]:1", "is not an IPv6 address"],
    ["[host]:1", "is not an IPv6 address"],
    ["a:", "has an invalid port"],
    ["a:0", "has an invalid port"],
    ["a:65536", "has an invalid port"],
    ["a:x", "has an invalid port"],
    ["a: 1", "has an invalid port"],
    [":2181", "has no valid host name"],
    ["a b:1", "has no valid host name"],
    ["a:1/app/", "the chroot"],
    ["a:1//app", "the chroot"],
    ["a:1/app/../b", "the chroot"],
    ["zk://a:1", "a scheme is not allowed"],
    ["a]:1", "has no valid host name"],
  ])("%j is rejected", (text, why) => {
    expect(() => parseConnectString(text)).toThrow(why);
  });

  it("is named in the error if it is invalid", () => {
    expect(() => parseConnectString("a:x")).toThrow('in the connect string "a:x"');
  });
});
