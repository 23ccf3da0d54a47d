import { hostname } from "node:os";
import { CreateMode, connect } from "@conclave/client";
import { LeaderElection } from "@conclave/recipes";
import { type Clock, type MetricLabels, silentLogger, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { admitToLeader, admitToOwner, attend } from "./admission.js";
import { ClusterNode } from "./cluster-node.js";
import type { ClusterRequest } from "./http/cluster-request.js";
import type { MembershipOptions } from "./membership-options.js";

/** Longer than a busy machine stops this process. No test waits for the end of a session. */
const PATIENT = { connectTimeoutMs: 60_000, connect: { sessionTimeoutMs: 60_000 } };

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

describeOnEachEnsemble("a member", (ensemble: EnsembleUnderTest) => {
  let count = 0;
  const join = async (id: string, more: Partial<MembershipOptions> = {}): Promise<ClusterNode> => {
    const servers = ensemble.connectString() + ensemble.root;
    const options = { servers, ...PATIENT, group: `g${count}`, id, drainDelayMs: 0, ...more } as MembershipOptions;
    const node = new ClusterNode(options);
    onTestFinished(() => node.drain());
    await node.join({ url: `http://${id}.example` });
    return node;
  };
  beforeAll(async () => {
    const zk = await connect(ensemble.connectString());
    await zk.create(ensemble.root);
    await zk.close();
  });

  it("measures who is here, whether it leads, and what becomes of requests", async () => {
    count++;
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

  it("redirects to the leader only, whatever host the target names, and refuses a target that is neither path nor URL", async () => {
    count++;
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

  it("names members that others registered in headers, whatever they are called", async () => {
    count++;
    const zk = await connect(ensemble.connectString() + ensemble.root, PATIENT.connect);
    onTestFinished(() => zk.close());
    const id = "grün x: y";
    const { fencingToken } = await new LeaderElection(zk, { name: `g${count}`, id }).campaign();
    const one = await join("one");
    const record = { url: "http://192.0.2.1", status: "up", leads: String(fencingToken), metadata: {} };
    await zk.create(`/conclave/groups/g${count}/${id}`, JSON.stringify(record), { mode: CreateMode.EPHEMERAL });
    await zk.create(`/conclave/groups/g${count}/none`, "no record");
    await eventually(() => one.leader?.id === id);
    const { headers } = attend(one, request("/"), "/");
    expect(headers["x-cluster-leader"]).toBe("gr%C3%BCn%20x:%20y");
    expect(() => new Headers(headers)).not.toThrow();
  });

  it("takes no record's word for who leads: the election decides", async () => {
    count++;
    const zk = await connect(ensemble.connectString() + ensemble.root, PATIENT.connect);
    onTestFinished(() => zk.close());
    const one = await join("one");
    const two = await join("two");
    const token = (await eventually(() => one.leadership))?.fencingToken;
    await eventually(() => two.leader?.id === "one");
    const forge = (id: string, leads: string): Promise<unknown> => {
      const record = { url: "http://forged.example", status: "up", leads, metadata: {} };
      return zk.create(`/conclave/groups/g${count}/${id}`, JSON.stringify(record), { mode: CreateMode.EPHEMERAL });
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
    "lets no request in when the session has expired by the clock: %s",
    async (onSuspended) => {
      count++;
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

  it("works with a client that is there, and leaves it open", async () => {
    count++;
    const zk = await connect(ensemble.connectString() + ensemble.root, PATIENT.connect);
    onTestFinished(() => zk.close());
    const node = new ClusterNode({ client: zk, group: `g${count}`, id: "one", drainDelayMs: 0 });
    await node.join({ url: "http://one.example" });
    await node.drain();
    expect([zk.state, node.status, await zk.getChildren(`/conclave/groups/g${count}`)]).toEqual([
      "connected",
      "closed",
      [],
    ]);
  });

  it("makes default ids that differ, of processes with the same host and port too", async () => {
    count++;
    const servers = ensemble.connectString() + ensemble.root;
    const ids: unknown[] = [];
    for (let index = 0; index < 2; index++) {
      const node = new ClusterNode({ servers, ...PATIENT, group: `g${count}`, drainDelayMs: 0 });
      onTestFinished(() => node.drain());
      await node.join({ url: "http://one.example:3000" });
      ids.push(node.self?.id);
    }
    const pattern = new RegExp(`^${hostname()}:3000-[0-9a-f]{8}$`);
    expect(ids).toEqual([expect.stringMatching(pattern), expect.stringMatching(pattern)]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it("warns once, after 2 s, while another session has its id, and joins when that has left", async () => {
    count++;
    const first = await join("one");
    const timers: { readonly delayMs: number; readonly callback: () => void }[] = [];
    const clock: Clock = {
      ...systemClock,
      setTimer: (delayMs, callback) => {
        timers.push({ delayMs, callback });
        return systemClock.setTimer(delayMs === 2_000 ? 1_000_000 : delayMs, callback);
      },
    };
    const warnings: [string, object?][] = [];
    const logger = { ...silentLogger, warn: (...line: [string, object?]) => void warnings.push(line) };
    const joining = join("one", { clock, logger, url: "http://two.example" });
    const due = await eventually(() => timers.find(({ delayMs }) => delayMs === 2_000));
    expect(warnings).toEqual([]);
    due!.callback();
    expect(warnings).toEqual([
      [
        expect.stringMatching(/waiting to join g\d+: another session is the member one\. Ids must differ/),
        expect.anything(),
      ],
    ]);
    expect(warnings[0]?.[1]).toMatchObject({ id: "one", url: "http://one.example", sessionId: expect.any(BigInt) });
    await first.drain();
    expect((await joining).self?.url).toBe("http://two.example");
  });

  it("gives up joining when it is to drain, and leaves nothing", async () => {
    count++;
    await join("one");
    const servers = ensemble.connectString() + ensemble.root;
    const second = new ClusterNode({ servers, ...PATIENT, group: `g${count}`, id: "one", drainDelayMs: 60_000 });
    // The name is taken, so it waits.
    const joining = second.join({ url: "http://two.example" });
    joining.catch(() => {});
    await second.open();
    expect([second.status, second.self]).toEqual(["starting", undefined]);
    await second.drain();
    await expect(joining).rejects.toThrow("the member drains");
    expect(second.status).toBe("closed");
  });

  it("is in its own list of members when it has joined", async () => {
    count++;
    for (let index = 0; index < 20; index++) {
      const node = await join(`m${index}`);
      expect([node.members.some(({ id }) => id === node.self?.id), node.status]).toEqual([true, "ready"]);
    }
  });

  it("leaves when it drains at the moment in which the ensemble has registered it", async () => {
    count++;
    await using zk = await connect(ensemble.connectString() + ensemble.root, PATIENT.connect);
    const group = `g${count}`;
    let drained: Promise<void> | undefined;
    const clock: Clock = {
      ...systemClock,
      setTimer: (delayMs, callback) => {
        const timer = systemClock.setTimer(delayMs, callback);
        // The timer of the pending join is cancelled when the ensemble has registered the member, and before join goes on.
        const cancel = (): void => {
          timer.cancel();
          if (delayMs === 2_000) drained = node.drain();
        };
        return { ...timer, cancel };
      },
    };
    const node = new ClusterNode({ client: zk, group, id: "one", clock, drainDelayMs: 0 });
    await expect(node.join({ url: "http://one.example" })).rejects.toThrow("the member drains");
    await drained;
    expect([node.status, node.self, node.leadership]).toEqual(["closed", undefined, undefined]);
    await zk.sync("/");
    expect(await zk.getChildren(`/conclave/groups/${group}`)).toEqual([]);
    expect(await zk.exists(`/conclave/elections/${group}`)).toBeNull();
  });

  it("does not start where no ensemble answers", async () => {
    const node = new ClusterNode({ servers: "127.0.0.1:1", group: "g", connectTimeoutMs: 50 });
    await expect(node.join({ url: "http://one.example" })).rejects.toThrow();
    expect(node.status).toBe("starting");
    await node.drain();
  });
});
