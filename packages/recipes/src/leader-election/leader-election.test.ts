import { connect, isZkError, Permission, type ZooKeeper } from "@conclave/client";
import { describeOnEachEnsemble, type EnsembleUnderTest } from "@conclave/vitest";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { GrantLostError } from "../grant-lost-error.js";
import { LeaderElection } from "./leader-election.js";
import type { Leadership } from "./leadership.js";

const readOnly = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(signal.reason);
    signal.addEventListener("abort", () => resolve(signal.reason));
  });

const until = <T>(condition: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(condition, { timeout: 10_000, interval: 10 });

describeOnEachEnsemble("an election", (ensemble: EnsembleUnderTest) => {
  const clients: ZooKeeper[] = [];
  let count = 0;
  let path = "";

  const client = async (): Promise<ZooKeeper> => {
    const zk = await connect(ensemble.connectString(), { sessionTimeoutMs: 4_000 });
    clients.push(zk);
    // Its server may be behind the one that another client talks to.
    await zk.sync("/");
    return zk;
  };
  const participant = async (id: string): Promise<LeaderElection> => new LeaderElection(await client(), { path, id });
  const standsAt = (election: LeaderElection, place: number): Promise<void> =>
    until(async () => expect((await election.participants())[place]?.id).toBe(election.id));

  beforeAll(async () => {
    const zk = await connect(ensemble.connectString());
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

  test("elects the only one who stands", async () => {
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

  test("elects one after the other, in the order in which they stand, with growing tokens", async () => {
    const [a, b, c] = [await participant("a"), await participant("b"), await participant("c")];
    const first = await a.campaign();
    const second = b.campaign();
    await standsAt(b, 1);
    const third = c.campaign();
    await standsAt(c, 2);
    await first.release();
    const next = await second;
    expect(c.current).toBeUndefined();
    await next.release();
    const last = await third;
    expect(next.fencingToken > first.fencingToken && last.fencingToken > next.fencingToken).toBe(true);
  });

  test("lets the next one lead when a session ends", async () => {
    const zk = await client();
    const first = await new LeaderElection(zk, { path, id: "a" }).campaign();
    const b = await participant("b");
    const second = b.campaign();
    await standsAt(b, 1);
    await zk.close();
    expect(first.signal.reason).toBeInstanceOf(GrantLostError);
    expect(first.signal.reason).toMatchObject({ code: "CLOSED" });
    expect((await second).id).toBe("b");
  });

  test("passes over one who gave up waiting", async () => {
    const [a, b, c] = [await participant("a"), await participant("b"), await participant("c")];
    const first = await a.campaign();
    const patience = new AbortController();
    const second = b.campaign({ signal: patience.signal });
    await standsAt(b, 1);
    const third = c.campaign();
    await standsAt(c, 2);
    patience.abort(new Error("enough"));
    await expect(second).rejects.toMatchObject({ code: "ABORTED", cause: { message: "enough" } });
    await until(async () => expect((await a.participants()).map(({ id }) => id)).toEqual(["a", "c"]));
    expect(c.current).toBeUndefined();
    await first.release();
    expect((await third).id).toBe("c");
  });

  test("takes no place for one whose signal had aborted before", async () => {
    const a = await participant("a");
    await expect(a.campaign({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    expect(await a.participants()).toEqual([]);
  });

  test("leaves nothing of one who gave up in the midst of standing", async () => {
    const a = await participant("a");
    const signals = Array.from({ length: 10 }, () => new AbortController());
    const campaigns = signals.map(({ signal }) => a.campaign({ signal }).catch((error: unknown) => error));
    await Promise.resolve();
    for (const each of signals) each.abort();
    for (const outcome of await Promise.all(campaigns)) expect(isZkError(outcome, "ABORTED")).toBe(true);
    const b = await participant("b");
    const leadership = await b.campaign();
    await until(async () => expect((await b.participants()).map(({ id }) => id)).toEqual(["b"]));
    expect(leadership.signal.aborted).toBe(false);
  });

  test("ends a leadership in the moment in which it is given back, once", async () => {
    const a = await participant("a");
    const leadership = await a.campaign();
    const released = leadership.release();
    expect(leadership.signal.reason).toMatchObject({ name: "GrantLostError", code: "RELEASED" });
    expect(a.current).toBeUndefined();
    await Promise.all([released, leadership.release(), leadership[Symbol.asyncDispose]()]);
    expect(await a.participants()).toEqual([]);
  });

  test("gives back at the end of a scope", async () => {
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

  test("ends a leadership whose znode somebody deletes, and lets its former holder stand again", async () => {
    const a = await participant("a");
    const first = await a.campaign();
    const outsider = await client();
    await outsider.delete(first.path);
    expect(await aborted(first.signal)).toMatchObject({ code: "GONE" });
    expect(a.current).toBeUndefined();
    const second = await a.campaign();
    expect(second.fencingToken > first.fencingToken).toBe(true);
  });

  test("ends a leadership whose znode somebody changes: its guard could pass no more", async () => {
    const first = await (await participant("a")).campaign();
    const outsider = await client();
    await outsider.setData(first.path, "mine");
    expect(await aborted(first.signal)).toMatchObject({ code: "GONE" });
    await until(async () => expect(await outsider.exists(first.path)).toBeNull());
  });

  test("lets one stand again whose znode somebody deletes while it waits", async () => {
    const [a, b] = [await participant("a"), await participant("b")];
    const first = await a.campaign();
    const second = b.campaign();
    await standsAt(b, 1);
    const [, waiting] = await b.participants();
    await (await client()).delete(waiting!.path);
    await first.release();
    const leadership = await second;
    expect(leadership.fencingToken > waiting!.fencingToken).toBe(true);
  });

  test("commits a guarded transaction while the leadership stands, and none after", async () => {
    const zk = await client();
    const leadership = await new LeaderElection(zk, { path }).campaign();
    const book = `${path}-book`;
    await zk.create(book, "0");
    await leadership.guard(zk.transaction()).setData(book, "1").commit();
    await leadership.release();
    const late = leadership.guard(zk.transaction()).setData(book, "2").commit();
    await expect(late).rejects.toMatchObject({ code: "NO_NODE", path: leadership.path });
    expect((await zk.getData(book)).data?.toString()).toBe("1");
  });

  test("tells those who do not stand who does", async () => {
    const observer = await participant("observer");
    expect(await observer.leader()).toBeUndefined();
    expect(await observer.participants()).toEqual([]);
    const a = await participant("a");
    const leadership = await a.campaign();
    const b = await participant("b");
    void b.campaign().catch(() => {});
    await standsAt(b, 1);
    await clients[0]?.sync("/");
    const line = await observer.participants();
    expect(line.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(await observer.leader()).toEqual(line[0]);
    expect(line[0]).toMatchObject({ path: leadership.path, fencingToken: leadership.fencingToken });
    expect(line[0]!.sessionId).toBe(clients[1]!.sessionId);
    expect(observer.current).toBeUndefined();
  });

  test("rejects a campaign that the ensemble refuses", async () => {
    const zk = await client();
    await zk.create(path, null, { acl: readOnly });
    await expect(new LeaderElection(zk, { path }).campaign()).rejects.toMatchObject({ code: "NO_AUTH" });
  });

  test("rejects a campaign in progress when the client is closed", async () => {
    const [a, zk] = [await participant("a"), await client()];
    await a.campaign();
    const b = new LeaderElection(zk, { path, id: "b" });
    const second = b.campaign();
    const rejected = expect(second).rejects.toMatchObject({ code: "CLOSED" });
    await standsAt(b, 1);
    await zk.close();
    await rejected;
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

    test("keeps its place until the task has ended, so that the next leader does not overlap", async () => {
      const [a, b] = [await participant("a"), await participant("b")];
      const stop = new AbortController();
      let windUp = (): void => {};
      let leading: Promise<void> | undefined;
      const leadership = await new Promise<Leadership>((started) => {
        const task = (won: Leadership): Promise<void> => {
          started(won);
          return new Promise((resolve) => {
            windUp = resolve;
          });
        };
        leading = a.lead(task, { signal: stop.signal });
      });
      const second = b.campaign();
      await standsAt(b, 1);
      stop.abort();
      expect(leadership.signal.aborted).toBe(true);
      expect((await b.leader())?.id).toBe("a");
      windUp();
      await leading;
      expect((await second).id).toBe("b");
    });

    test("gives the leadership back and rejects when the task throws", async () => {
      const a = await participant("a");
      const task = (): void => {
        throw new Error("no paper");
      };
      await expect(a.lead(task, { signal: new AbortController().signal })).rejects.toThrow("no paper");
      expect(await a.participants()).toEqual([]);
    });

    test("stands again after its znode was deleted, though the task threw when it was told", async () => {
      const a = await participant("a");
      const outsider = await client();
      const stop = new AbortController();
      const codes: string[] = [];
      await a.lead(
        async (leadership) => {
          if (codes.length === 2) return stop.abort();
          await outsider.delete(leadership.path);
          codes.push(((await aborted(leadership.signal)) as GrantLostError).code);
          throw leadership.signal.reason;
        },
        { signal: stop.signal },
      );
      expect(codes).toEqual(["GONE", "GONE"]);
    });

    test("waits for what ifLeader runs, and ifLeader runs nothing before and after", async () => {
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
      const leadership = await until(() => a.current ?? Promise.reject(new Error("not yet")));
      expect(a.ifLeader((own) => own, otherwise)).toBe(leadership);
      const run = a.ifLeader(
        () =>
          new Promise<string>((resolve) => {
            finish = () => resolve("done");
          }),
        otherwise,
      );
      const failed = a.ifLeader(() => Promise.reject(new Error("no paper")), otherwise);
      await expect(failed).rejects.toThrow("no paper");
      stop.abort();
      expect(a.ifLeader(() => "leads", otherwise)).toBe("not the leader");
      expect((await a.leader())?.id).toBe("a");
      expect(isOver).toBe(false);
      finish();
      await leading;
      expect(await run).toBe("done");
      expect(await a.participants()).toEqual([]);
    });

    test("goes on trying where the ensemble refuses, until it does not", async () => {
      const zk = await client();
      await zk.create(path, null, { acl: readOnly });
      const warnings: string[] = [];
      const logger = { debug: () => {}, info: () => {}, error: () => {}, warn: (line: string) => warnings.push(line) };
      const a = new LeaderElection(zk, { path, logger });
      const stop = new AbortController();
      const leading = a.lead(() => {}, { signal: stop.signal });
      await until(() => expect(warnings.length).toBeGreaterThan(1));
      stop.abort();
      await leading;
      expect(warnings[0]).toBe(`cannot stand for ${path}, tries again`);
    });

    test("rejects when the client is closed", async () => {
      const zk = await client();
      const a = new LeaderElection(zk, { path });
      const leading = a.lead(
        async (leadership) => {
          void zk.close();
          await aborted(leadership.signal);
        },
        { signal: new AbortController().signal },
      );
      await expect(leading).rejects.toMatchObject({ code: "CLOSED" });
    });
  });
});
