import { type Acl, ErrorCode, type Id, OPEN_ACL_UNSAFE, Permission } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { isAllowed, normalizeAcl, withoutSecrets } from "./acl-check.js";

const entry = (scheme: string, id: string, permissions: number = Permission.ALL): Acl => ({
  permissions,
  id: { scheme, id },
});
const alice: Id = { scheme: "digest", id: "alice:abc=" };
const known = new Set(["digest", "ip", "x509", "sasl"]);
const local: Id = { scheme: "ip", id: "127.0.0.1" };

describe("an ACL", () => {
  it.each<[string, Acl[], Id[], boolean]>([
    ["nothing at all lets everybody", [], [], true],
    ["world:anyone lets everybody", [entry("world", "anyone")], [], true],
    ["a permission that is not there lets nobody", [entry("world", "anyone", Permission.WRITE)], [alice], false],
    ["digest lets who proved it", [entry("digest", "alice:abc=")], [alice], true],
    ["digest does not let others", [entry("digest", "bob:abc=")], [alice, local], false],
    ["ip lets an address", [entry("ip", "127.0.0.1")], [local], true],
    ["ip lets a block", [entry("ip", "127.0.0.0/8")], [local], true],
    ["ip lets nobody outside its block", [entry("ip", "10.0.0.0/8")], [local], false],
    ["an id of one scheme is not one of another", [entry("digest", "127.0.0.1")], [local], false],
    ["super may do everything", [entry("digest", "bob:x")], [{ scheme: "super", id: "" }], true],
    ["sasl lets who proved it", [entry("sasl", "ann")], [{ scheme: "sasl", id: "ann" }], true],
    [
      "sasl lets a user of the name super, as Apache's",
      [entry("sasl", "ann")],
      [{ scheme: "sasl", id: "super" }],
      true,
    ],
    ["an unknown scheme lets nobody", [entry("kerberos", "k")], [{ scheme: "kerberos", id: "k" }], false],
  ])("of %s", (_what, acl, ids, allowed) => {
    expect(isAllowed(acl, Permission.READ, ids)).toBe(allowed);
  });

  it("is stored without duplicates, with `auth` replaced by what the client has proved", () => {
    expect(normalizeAcl([...OPEN_ACL_UNSAFE, ...OPEN_ACL_UNSAFE], [], known)).toEqual(OPEN_ACL_UNSAFE);
    const both: Id[] = [alice, local, { scheme: "digest", id: "carol:def=" }];
    expect(normalizeAcl([entry("auth", "", 3), entry("digest", "alice:abc=", 3)], both, known)).toEqual([
      entry("digest", "alice:abc=", 3),
      entry("digest", "carol:def=", 3),
      // The ids of `auth` may be stored twice, as in Apache.
      entry("digest", "alice:abc=", 3),
    ]);
  });

  it.each<[string, Acl[]]>([
    ["nothing", []],
    ["world with another id", [entry("world", "nobody")]],
    ["auth of a client that has proved nothing", [entry("auth", "")]],
    ["a digest without a hash", [entry("digest", "alice")]],
    ["a digest with an empty hash", [entry("digest", "alice:")]],
    ["an address that is none", [entry("ip", "300.1.1.1")]],
    ["a block with too many bits", [entry("ip", "10.0.0.0/33")]],
    ["an unknown scheme", [entry("kerberos", "k")]],
    ["a good entry beside a bad one", [...OPEN_ACL_UNSAFE, entry("ip", "x")]],
  ])("is refused if it holds %s", (_what, acl) => {
    expect(normalizeAcl(acl, [local], known)).toBe(ErrorCode.INVALID_ACL);
  });

  it("is shown without the hashes of digests", () => {
    expect(withoutSecrets([entry("digest", "alice:abc="), entry("ip", "10.0.0.1")])).toEqual([
      entry("digest", "alice:x"),
      entry("ip", "10.0.0.1"),
    ]);
  });

  it("names no scheme by which nobody can prove himself here", () => {
    expect(normalizeAcl([entry("x509", "CN=a")], [], new Set(["digest", "ip"]))).toBe(ErrorCode.INVALID_ACL);
    expect(normalizeAcl([entry("sasl", "ann")], [], new Set(["digest", "ip"]))).toBe(ErrorCode.INVALID_ACL);
    expect(normalizeAcl([entry("sasl", "ann")], [], known)).toEqual([entry("sasl", "ann")]);
  });
});
