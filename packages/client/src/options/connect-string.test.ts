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
  ])("%j", (text, servers, chroot) => {
    expect(parseConnectString(text)).toEqual({ servers, chroot });
  });

  it.each([
    ["", "a server is missing"],
    ["a,,b", "a server is missing"],
    ["a,", "a server is missing"],
    ["/app", "a server is missing"],
    ["::1:2181", "an IPv6 address stands in brackets"],
    ["[::1", "no address"],
    ["[::1]2181", "no address"],
    ["[]:1", "no IPv6 address"],
    ["[host]:1", "no IPv6 address"],
    ["a:", "no port"],
    ["a:0", "no port"],
    ["a:65536", "no port"],
    ["a:x", "no port"],
    ["a: 1", "no port"],
    [":2181", "names no host"],
    ["a b:1", "names no host"],
    ["a:1/app/", "the chroot"],
    ["a:1//app", "the chroot"],
    ["a:1/app/../b", "the chroot"],
    ["zk://a:1", "a scheme has no place"],
    ["a]:1", "names no host"],
  ])("%j is refused", (text, why) => {
    expect(() => parseConnectString(text)).toThrow(why);
  });

  it("is named in the error", () => {
    expect(() => parseConnectString("a:x")).toThrow('in the connect string "a:x"');
  });
});
