import type { Member } from "@conclave/recipes";
import { describe, expect, it } from "vitest";
import { ClusterSnapshot } from "./cluster-snapshot.js";
import type { MemberRecord } from "./member-record.js";

const member = (id: string, more: Partial<MemberRecord> = {}): Member<MemberRecord> => ({
  id,
  data: { url: `http://${id}`, status: "up", metadata: {}, ...more },
  path: `/g/${id}`,
  sessionId: 1n,
  czxid: 1n,
});

describe("a view of the cluster", () => {
  it("the leader is the elected candidate whose own record claims that token in that session", () => {
    const elected = { id: "b", path: "/e/b", fencingToken: 10n, sessionId: 1n };
    const leaderOf = (more: Partial<Member<MemberRecord>>, leads = "10"): string | undefined => {
      const members = [member("a", { leads: "99" }), { ...member("b", { leads }), ...more }];
      return new ClusterSnapshot(members, elected).leader?.id;
    };
    expect(leaderOf({})).toBe("b");
    expect(leaderOf({ sessionId: 2n })).toBeUndefined();
    expect(leaderOf({ id: "c" })).toBeUndefined();
    expect(leaderOf({}, "9")).toBeUndefined();
    expect(new ClusterSnapshot([member("b")], elected).leader).toBeUndefined();
    expect(new ClusterSnapshot([member("b", { leads: "10" })]).leader).toBeUndefined();
  });

  it("a member as JSON is the member of the routes, with its token as a string", () => {
    const { members, json } = new ClusterSnapshot([member("a", { leads: "10", metadata: { zone: "1" } })]);
    const shown = { id: "a", url: "http://a", status: "up", leads: "10", metadata: { zone: "1" } };
    expect(JSON.parse(JSON.stringify(members))).toEqual([shown]);
    expect(JSON.parse(json)).toEqual({ leader: null, members: [shown] });
  });

  it("keys are owned by members that do not drain", () => {
    const snapshot = new ClusterSnapshot([member("a", { status: "draining" }), member("b")]);
    for (const key of ["1", "2", "3", "4"]) expect(snapshot.ownerOf(key)?.id).toBe("b");
    expect(new ClusterSnapshot([member("a", { status: "draining" })]).ownerOf("1")).toBeUndefined();
  });

  it("the version is equal for equal members and leader, and differs after any change of them", () => {
    const version = (...members: Member<MemberRecord>[]): string => new ClusterSnapshot(members).version;
    const one = version(member("a", { metadata: { x: "1", y: "2" } }));
    expect(version(member("a", { metadata: { y: "2", x: "1" } }))).toBe(one);
    const others = [
      version(member("a")),
      version(member("a", { metadata: { x: "1", y: "3" } })),
      version(member("a", { status: "draining" })),
      version(member("a", { leads: "1" })),
      version(member("a", { url: "http://b" })),
      version(member("b")),
      version(member("a"), member("b")),
      version(member("b"), member("a")),
      version(),
    ];
    expect(new Set([one, ...others]).size).toBe(others.length + 1);
  });
});
