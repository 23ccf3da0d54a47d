import { CreateMode, connect } from "@conclave/client";
import { LeaderElection } from "@conclave/recipes";
import { type Clock, type MetricLabels, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest } from "@conclave/vitest";
import { expect, it, onTestFinished } from "vitest";
import { nodesOn, PATIENT } from "../../test-support/nodes-on.js";
import type { ClusterRequest } from "../http/cluster-request.js";
import { admitToLeader, admitToOwner, attend } from "./admission.js";

const request = (target: string, more: Partial<ClusterRequest> = {}): ClusterRequest => ({
  method: "GET",
  target,
  headers: {},
  httpVersion: "1.1",
  peer: undefined,
  body: () => undefined,
  inform: () => {},
  answered: async () => {},
  signal: new AbortController().signal,
  ...more,
});

describeOnEachEnsemble("admission of requests", (ensemble: EnsembleUnderTest) => {
  const { group, join } = nodesOn(ensemble);

  it("reports members, leadership, and the outcome of each guarded request as metrics", async () => {
    const gauges = new Map<string, number>();
    const outcomes: string[] = [];
    const meter = {
      count: (name: string, by = 1, labels: MetricLabels = {}) => {
        if (name === "membership_guarded_requests") outcomes.push(`${by} ${labels.guard} ${labels.outcome}`);
      },
      gauge: (name: string, value: number) => void gauges.set(name, value),
      observe: () => {},
    };
    const one = await join("one", { meter });
    await eventually(() => gauges.get("membership_leading") === 1);
    const two = await join("two", { meter });
    await eventually(() => gauges.get("membership_members") === 2 && two.leader?.id === "one");
    await admitToLeader(one, request("/"));
    await admitToLeader(two, request("/"));
    await admitToLeader(two, request("/"), { otherwise: "refuse" });
    await admitToOwner(two, "k", request("/"), { otherwise: "refuse" });
    const owner = two.ownerOf("k")?.id === "two" ? "admitted" : "refused";
    expect(outcomes).toEqual(["1 leader admitted", "1 leader redirected", "1 leader refused", `1 owner ${owner}`]);
  });

  it("redirects to the leader's host whatever host the target names, and refuses a target that is neither path nor URL", async () => {
    const one = await join("one");
    await eventually(() => one.leadership);
    const two = await join("two");
    await eventually(() => two.leader?.id === "one");
    for (const target of ["@elsewhere.example", "elsewhere.example:80", "ftp://elsewhere.example/", "*"]) {
      for (const otherwise of ["redirect", "proxy"] as const) {
        const { answer } = await admitToLeader(two, request(target), { otherwise });
        expect([target, answer?.status, answer?.headers.get("location")]).toEqual([target, 400, null]);
      }
    }
    for (const [target, path] of [
      ["//elsewhere.example/x", "//elsewhere.example/x"],
      ["http://elsewhere.example/x?y", "/x?y"],
      ["http://elsewhere.example?y", "/?y"],
    ] as const) {
      const { answer } = await admitToLeader(two, request(target));
      expect(answer?.headers.get("location")).toBe(`http://one.example${path}`);
    }
  });

  it("a guard refuses a request while the view still names this process and its leadership has ended", async () => {
    const one = await join("one");
    await eventually(() => one.leadership !== undefined && one.leader?.id === "one");
    const withdrawn = one.withdraw();
    const { answer } = await eventually(() => admitToLeader(one, request("/x")), {
      until: (each) => each.answer !== undefined,
    });
    expect([answer?.status, await answer?.json()]).toMatchObject([503, { code: "NO_LEADER" }]);
    await withdrawn;
  });

  it("a request that a handler never answers does not keep a draining leader in its session", async () => {
    const one = await join("one", { closeTimeoutMs: 1 });
    await eventually(() => one.leadership);
    const never = request("/", { answered: () => new Promise(() => {}) });
    expect((await admitToLeader(one, never)).answer).toBeUndefined();
    await one.drain();
    expect(one.status).toBe("closed");
  });

  it("escapes ids that other programs registered in response headers", async () => {
    const zk = await connect(ensemble.connectString() + ensemble.root, PATIENT.connect);
    onTestFinished(() => zk.close());
    const id = "grün x: y";
    const { fencingToken } = await new LeaderElection(zk, { name: group(), id }).campaign();
    const one = await join("one");
    const record = { url: "http://192.0.2.1", status: "up", leads: String(fencingToken), metadata: {} };
    await zk.create(`/conclave/groups/${group()}/${id}`, JSON.stringify(record), { mode: CreateMode.EPHEMERAL });
    await zk.create(`/conclave/groups/${group()}/none`, "no record");
    await eventually(() => one.leader?.id === id);
    const { headers } = attend(one, request("/"), "/");
    expect(headers["x-cluster-leader"]).toBe("gr%C3%BCn%20x:%20y");
    expect(() => new Headers(headers)).not.toThrow();
  });

  it("a record that claims the leadership makes no member the leader: the election decides", async () => {
    const zk = await connect(ensemble.connectString() + ensemble.root, PATIENT.connect);
    onTestFinished(() => zk.close());
    const one = await join("one");
    const two = await join("two");
    const token = (await eventually(() => one.leadership))?.fencingToken;
    await eventually(() => two.leader?.id === "one");
    const forge = (id: string, leads: string): Promise<unknown> => {
      const record = { url: "http://forged.example", status: "up", leads, metadata: {} };
      return zk.create(`/conclave/groups/${group()}/${id}`, JSON.stringify(record), { mode: CreateMode.EPHEMERAL });
    };
    await forge("largest", "9223372036854775807");
    await forge("same", String(token));
    await eventually(() => two.members.length === 4);
    expect(two.leader?.url).toBe("http://one.example");
    const { answer } = await admitToLeader(two, request("/x"));
    expect(answer?.headers.get("location")).toBe("http://one.example/x");
    // Nor is one of them the leader when there is none.
    await one.withdraw();
    await eventually(() => two.leader?.id === "two");
    await two.withdraw();
    await eventually(() => two.members.length === 2);
    expect(two.leader).toBeUndefined();
  });

  it.each(["revoke", "keep"] as const)(
    "a guard lets no request in after the session has expired by the process' own clock: %s",
    async (onSuspended) => {
      let skippedMs = 0;
      const clock: Clock = { ...systemClock, now: () => systemClock.now() + skippedMs };
      const one = await join("one", { clock, onSuspended, connect: { sessionTimeoutMs: 30_000 } });
      await eventually(() => one.leadership);
      await eventually(() => one.leader?.id === "one");
      expect((await admitToLeader(one, request("/"))).answer).toBeUndefined();
      expect((await admitToOwner(one, "k", request("/"))).answer).toBeUndefined();
      // As for a process that was stopped: no timer and no answer of the ensemble comes between the pause and the requests.
      skippedMs = 60_000;
      const admissions = [admitToLeader(one, request("/")), admitToOwner(one, "k", request("/"))];
      const seen = [one.leadership, one.status, attend(one, request("/"), "/").headers["x-cluster-leader"]];
      expect((await Promise.all(admissions)).map(({ answer }) => answer?.status)).toEqual([503, 503]);
      expect(seen).toEqual([undefined, "degraded", undefined]);
    },
  );
});
