import {
  type Acl,
  ErrorCode,
  type Id,
  OPEN_ACL_UNSAFE,
  Permission,
  ProtocolError,
  type RequestedAcl,
} from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { isAllowed, isSameAcl, normalizeAcl, rightsBy, withoutSecrets } from "./acl-check.js";

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
    ["digest lets a client that has proved the id among others", [entry("digest", "alice:abc=")], [local, alice], true],
    ["anyone of another scheme than world is no exception", [entry("digest", "anyone")], [alice], false],
    ["a malformed block lets no address", [entry("ip", "10.0.0.0/99")], [local], false],
    ["ip lets no client whose address is unknown", [entry("ip", "127.0.0.1")], [{ scheme: "ip", id: "unix" }], false],
    ["super may do everything", [entry("digest", "bob:x")], [{ scheme: "super", id: "" }], true],
    [
      "super may do everything with other ids too",
      [entry("digest", "bob:x")],
      [alice, { scheme: "super", id: "" }],
      true,
    ],
    ["sasl lets who proved it", [entry("sasl", "ann")], [{ scheme: "sasl", id: "ann" }], true],
    ["sasl does not let others", [entry("sasl", "ann")], [{ scheme: "sasl", id: "bob" }], false],
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
    ["auth of a client that has proved nothing, after a good entry", [...OPEN_ACL_UNSAFE, entry("auth", "")]],
    ["a SASL principal of two realms", [entry("sasl", "ann@A@B")]],
    ["a SASL principal of two instances", [entry("sasl", "zk/a/b@REALM")]],
    ["a SASL principal with a slash in its realm", [entry("sasl", "ann@REALM/x")]],
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
  it.each<[string, RequestedAcl["id"]]>([
    ["an address", { scheme: "ip", id: "10.0.0.1" }],
    ["a block of addresses", { scheme: "ip", id: "10.0.0.0/8" }],
    ["a digest with colons at its end", { scheme: "digest", id: "alice:abc=::" }],
    ["a SASL user without a realm", { scheme: "sasl", id: "a/b/c" }],
    ["a Kerberos principal", { scheme: "sasl", id: "zookeeper/host.example@EXAMPLE.COM" }],
    ["a Kerberos principal without an instance", { scheme: "sasl", id: "ann@EXAMPLE.COM" }],
    ["an empty Kerberos principal", { scheme: "sasl", id: "/@" }],
  ])("may hold %s", (_what, id) => {
    expect(normalizeAcl([{ permissions: 1, id }], [], known)).toEqual([{ permissions: 1, id }]);
  });

  it("replaces `auth` by no id of a scheme without credentials", () => {
    const ids: Id[] = [{ scheme: "super", id: "" }, local, alice];
    expect(normalizeAcl([entry("auth", "")], ids, known)).toEqual([entry("digest", "alice:abc=")]);
  });

  it("is refused with a known scheme that has no rules for its ids", () => {
    expect(normalizeAcl([entry("kerberos", "k")], [], new Set(["kerberos"]))).toBe(ErrorCode.INVALID_ACL);
  });

  it("keeps entries that differ in permissions, scheme or id", () => {
    const acl = [
      entry("ip", "10.0.0.1", 1),
      entry("ip", "10.0.0.1", 2),
      entry("ip", "10.0.0.2", 1),
      entry("sasl", "10.0.0.1", 1),
    ];
    expect(normalizeAcl([...acl, ...acl], [], known)).toEqual(acl);
  });
});

describe("an ACL with a null, which Apache's server looks at while it removes duplicates", () => {
  const requested = (scheme: string | null, id: string | null, permissions = 1): RequestedAcl => ({
    permissions,
    id: { scheme, id },
  });
  const ip = requested("ip", "10.0.0.1");

  it.each<[string, RequestedAcl[]]>([
    ["a null scheme alone", [requested(null, "x")]],
    ["a null scheme after an entry of other permissions", [ip, requested(null, "x", 2)]],
    ["a null id of an unknown scheme", [requested("kerberos", null)]],
  ])("is refused as invalid: %s", (_what, acl) => {
    expect(normalizeAcl(acl, [], known)).toBe(ErrorCode.INVALID_ACL);
  });

  it.each<[string, RequestedAcl[]]>([
    ["a null id of a known scheme", [requested("ip", null)]],
    ["a null id of the scheme world", [requested("world", null)]],
    ["a null scheme after an entry of the same permissions", [ip, requested(null, "x")]],
    [
      "a null id after one of the same scheme, although that is unknown",
      [requested("kerberos", "k"), requested("kerberos", null)],
    ],
  ])("is malformed: %s", (_what, acl) => {
    const normalize = (): unknown => normalizeAcl(acl, [], known);
    expect(normalize).toThrow(ProtocolError);
    expect(normalize).toThrow(
      expect.objectContaining({ reason: "malformed", message: "null where an id is required" }),
    );
  });
});

describe("the ids that ACLs are checked against", () => {
  const ann: Id = { scheme: "sasl", id: "ann" };

  it("are those that the client has proved", () => {
    const rights = rightsBy({ skipAcl: false, letAnySaslUserDoX: undefined });
    expect(rights([local, ann])).toEqual([local, ann]);
  });

  it("are those of the superuser for all clients of a server that skips ACLs", () => {
    const rights = rightsBy({ skipAcl: true, letAnySaslUserDoX: undefined });
    expect(isAllowed([entry("digest", "bob:x")], Permission.READ, rights([]))).toBe(true);
  });

  it("include the id for all SASL users only for a client that has authenticated by SASL", () => {
    const rights = rightsBy({ skipAcl: false, letAnySaslUserDoX: "anyone" });
    expect(rights([local, ann])).toEqual([local, ann, { scheme: "sasl", id: "anyone" }]);
    expect(rights([local, alice])).toEqual([local, alice]);
  });
});

describe("two ACLs", () => {
  const acl = [entry("ip", "10.0.0.1", 1), entry("digest", "alice:abc=", 3)];

  it("are the same with equal entries in the same order", () => {
    expect(isSameAcl(acl, acl)).toBe(true);
    expect(isSameAcl(acl, structuredClone(acl))).toBe(true);
  });

  it.each<[string, Acl[]]>([
    ["an entry is missing", acl.slice(0, 1)],
    ["an entry is added", [...acl, entry("ip", "10.0.0.2", 1)]],
    ["the order differs", acl.toReversed()],
    ["the permissions of an entry differ", [acl[0]!, entry("digest", "alice:abc=", 1)]],
    ["the scheme of an entry differs", [acl[0]!, entry("sasl", "alice:abc=", 3)]],
    ["the id of an entry differs", [acl[0]!, entry("digest", "bob:abc=", 3)]],
  ])("are not the same where %s", (_what, other) => {
    expect(isSameAcl(acl, other)).toBe(false);
    expect(isSameAcl(other, acl)).toBe(false);
  });
});
