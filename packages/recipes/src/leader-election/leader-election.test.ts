import { connect, Permission, type ZooKeeper } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { PATIENT_SESSION_MS } from "../../test-support/test-context.js";
import type { GrantLostError } from "../grant/grant-lost-error.js";
import { LeaderElection } from "./leader-election.js";

const readOnly = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(signal.reason);
    signal.addEventListener("abort", () => resolve(signal.reason));
  });

// The contract suite tests the general guarantees of an election; these tests cover the rest.
describeOnEachEnsemble("an election", (ensemble: EnsembleUnderTest) => {
  const clients: ZooKeeper[] = [];
  let count = 0;
  let path = "";

  const client = async (): Promise<ZooKeeper> => {
    const zk = await connect(ensemble.connectString(), { sessionTimeoutMs: PATIENT_SESSION_MS });
    clients.push(zk);
    // The server of this client may lag behind that of another client.
    await zk.sync("/");
    return zk;
  };
  const participant = async (id: string): Promise<LeaderElection> => new LeaderElection(await client(), { path, id });

  beforeAll(async () => {
    const zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
    await zk.close();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((zk) => zk.close()));
    count++;
  });

  const test = (name: string, body: () => Promise<void>): void =>
    it(name, async () => {
      path = `${ensemble.root}/e${count}`;
      await body();
    });

  test("elects the only candidate", async () => {
    const a = await participant("a");
    const leadership = await a.campaign();
    expect(leadership).toMatchObject({ election: path, id: "a" });
    expect(leadership.signal.aborted).toBe(false);
    expect(a.current).toBe(leadership);
    const zk = await client();
    const { data, stat } = await zk.getData(leadership.path);
    expect(data?.toString()).toBe("a");
    expect(leadership.fencingToken).toBe(stat.czxid);
    expect(leadership.path).toMatch(/\/_c_[0-9a-f-]{36}-latch-0000000000$/);
  });

  test("releases a leadership at the end of a scope", async () => {
    const a = await participant("a");
    {
      await using leadership = await a.campaign();
      expect(a.current).toBe(leadership);
    }
    expect(await a.participants()).toEqual([]);
  });

  test("releases without an error after the client was closed", async () => {
    const zk = await client();
    const leadership = await new LeaderElection(zk, { path }).campaign();
    await zk.close();
    await leadership.release();
  });

  describe("lead", () => {
    test("runs the task each time that it is elected, until its signal aborts", async () => {
      const a = await participant("a");
      const stop = new AbortController();
      const tokens: bigint[] = [];
      const leading = a.lead(
        async (leadership) => {
          tokens.push(leadership.fencingToken);
          if (tokens.length < 3) return;
          stop.abort();
          expect(await aborted(leadership.signal)).toMatchObject({ code: "RELEASED" });
        },
        { signal: stop.signal },
      );
      await leading;
      expect(tokens).toEqual([...tokens].sort((x, y) => (x < y ? -1 : 1)));
      expect(new Set(tokens).size).toBe(3);
      expect(await a.participants()).toEqual([]);
    });

    test("campaigns again after its znode was deleted, although the task threw at the abort", async () => {
      const a = await participant("a");
      const other = await client();
      const stop = new AbortController();
      const codes: string[] = [];
      await a.lead(
        async (leadership) => {
          if (codes.length === 2) return stop.abort();
          await other.delete(leadership.path);
          codes.push(((await aborted(leadership.signal)) as GrantLostError).code);
          throw leadership.signal.reason;
        },
        { signal: stop.signal },
      );
      expect(codes).toEqual(["GONE", "GONE"]);
    });

    test("ends after the tasks of ifLeader, which run only during the leadership", async () => {
      const a = await participant("a");
      const otherwise = (): string => "not the leader";
      expect(a.ifLeader(() => "leads", otherwise)).toBe("not the leader");
      const stop = new AbortController();
      let isOver = false;
      let finish = (): void => {};
      const leading = a
        .lead(({ signal }) => aborted(signal).then(() => {}), { signal: stop.signal })
        .then(() => {
          isOver = true;
        });
      const leadership = await eventually(() => a.current);
      expect(a.ifLeader((own) => own, otherwise)).toBe(leadership);
      const run = a.ifLeader(
        () =>
          new Promise<string>((resolve) => {
            finish = () => resolve("done");
          }),
        otherwise,
      );
      const failed = a.ifLeader(() => Promise.reject(new Error("no disk")), otherwise);
      await expect(failed).rejects.toThrow("no disk");
      stop.abort();
      expect(a.ifLeader(() => "leads", otherwise)).toBe("not the leader");
      expect((await a.leader())?.id).toBe("a");
      expect(isOver).toBe(false);
      finish();
      await leading;
      expect(await run).toBe("done");
      expect(await a.participants()).toEqual([]);
    });

    test("retries while the ensemble refuses a campaign", async () => {
      const zk = await client();
      await zk.create(path, null, { acl: readOnly });
      const warnings: string[] = [];
      const logger = {
        debug: () => {},
        info: () => {},
        error: () => {},
        warn: (message: string) => warnings.push(message),
      };
      const a = new LeaderElection(zk, { path, logger });
      const stop = new AbortController();
      const leading = a.lead(() => {}, { signal: stop.signal });
      await eventually(() => warnings.length > 1);
      stop.abort();
      await leading;
      expect(warnings[0]).toBe(`campaign for ${path} failed; retrying`);
    });
  });

  test("starts a thenable result of ifLeader once, such as a query that runs when awaited", async () => {
    const election = await participant("a");
    await using _leadership = await election.campaign();
    let starts = 0;
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: query builders have one
      then: (resolve: (value: number) => void) => resolve(++starts),
    };
    expect(
      await election.ifLeader(
        () => query as unknown as Promise<number>,
        () => 0,
      ),
    ).toBe(1);
    expect(starts).toBe(1);
  });
});
