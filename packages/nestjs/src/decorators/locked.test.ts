import { connect, type ZooKeeper } from "@conclave/client";
import { Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { Injectable } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { of } from "rxjs";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BusyError, ConclaveModule, ConclaveService, currentGrant, Grant, Locked, Semaphore } from "../index.js";

/** Lets a method of the test end. */
interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

@Injectable()
class Accounts {
  readonly prefix = "account";
  readonly entered: string[] = [];
  gate: Gate = newGate();

  @Locked((account: string) => account)
  async pay(account: string, cents: number): Promise<string> {
    this.entered.push(`${account} ${cents}`);
    await this.gate.opened;
    return `paid ${cents}`;
  }

  @Locked((account: string) => account, { otherwise: "skip" })
  tryToPay(account: string, cents: number): string {
    this.entered.push(`${account} ${cents}`);
    return `paid ${cents}`;
  }

  @Locked((account: string) => account, { otherwise: "throw" })
  payOrThrow(_account: string): string {
    return "paid";
  }

  @Locked(["a", "b"], { otherwise: "throw" })
  bothOrThrow(): string {
    return "ran";
  }

  @Locked((account: string) => account, { timeoutMs: 50 })
  payInTime(_account: string): string {
    return "paid";
  }

  @Locked((account: string) => account, { timeoutMs: 50, otherwise: "skip" })
  payInTimeOrSkip(_account: string): string {
    return "paid";
  }

  @Locked(function (this: Accounts, account: string) {
    return `${this.prefix}-${account}`;
  })
  prefixed(_account: string): Promise<string[]> {
    return namesOfHeld(this.conclave.client);
  }

  @Locked(["b", "a"])
  both(): Promise<string[]> {
    return namesOfHeld(this.conclave.client);
  }

  @Locked((from: string, to: string) => [from, to])
  async move(_from: string, to: string): Promise<string> {
    return this.payOrThrow(to);
  }

  @Locked("a")
  async partly(): Promise<string> {
    return this.move("a", "b");
  }

  /** Calls another of its key, and does not wait for it. */
  @Locked("a")
  async forget(): Promise<string> {
    void this.pay("a", 1);
    return "forgotten";
  }

  @Locked("brief", { otherwise: "skip", atLeastForMs: 60_000 })
  brief(): string {
    return "ran";
  }

  @Locked("briefer", { otherwise: "skip", atLeastForMs: 100 })
  briefer(): string {
    return "ran";
  }

  @Locked("granted")
  granted(day: string, @Grant() grant?: Grant): [string, boolean] {
    return [day, grant === currentGrant() && grant.fencingToken > 0n];
  }

  @Locked("outer")
  @Semaphore("inner", { permits: 1 })
  stacked(@Grant() grant?: Grant): [boolean, boolean] {
    // Other processes can request a mutex's grant, but no permit.
    return [grant === currentGrant(), grant !== undefined && "wanted" in grant];
  }

  @Locked("stream")
  stream(): unknown {
    return of(1);
  }

  @Locked(() => "")
  nameless(): void {}

  constructor(readonly conclave: ConclaveService) {}
}

function newGate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function namesOfHeld(zk: ZooKeeper): Promise<string[]> {
  const names = await zk.getChildren("/conclave/locks");
  const held = await Promise.all(
    names.map(async (name) => ((await zk.getChildren(`/conclave/locks/${name}`)).length > 0 ? name : "")),
  );
  return held.filter(Boolean).sort();
}

describeOnEachEnsemble("@Locked", (ensemble: EnsembleUnderTest) => {
  const apps: TestingModule[] = [];
  let servers = "";
  let count = 0;

  const start = async (id = "a"): Promise<Accounts> => {
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const app = await Test.createTestingModule({
      imports: [ConclaveModule.forRoot({ servers, id, logger })],
      providers: [Accounts],
    }).compile();
    app.useLogger(false);
    apps.push(await app.init());
    return app.get(Accounts);
  };
  const contenders = ({ conclave }: Accounts, name: string) => new Mutex(conclave.client, { name }).contenders();

  beforeAll(async () => {
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
  });
  beforeEach(async () => {
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    servers = `${ensemble.connectString()}${await zk.create(`${ensemble.root}/${count++}`)}`;
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  describe("by default", () => {
    it("runs one call per key at a time, across processes, first come first served", async () => {
      const [one, two] = [await start("one"), await start("two")];
      const first = one.pay("a", 1);
      await eventually(() => one.entered.length === 1);
      const second = two.pay("a", 2);
      await eventually(async () => (await contenders(one, "a")).length === 2);
      expect((await contenders(one, "a")).map(({ id }) => id)).toEqual(["one", "two"]);
      expect(two.entered).toEqual([]);
      one.gate.open();
      expect(await first).toBe("paid 1");
      two.gate.open();
      expect(await second).toBe("paid 2");
      await eventually(async () => (await contenders(one, "a")).length === 0);
    });

    it("lets calls of different keys run together", async () => {
      const accounts = await start();
      const calls = [accounts.pay("a", 1), accounts.pay("b", 2)];
      await eventually(() => accounts.entered.length === 2);
      accounts.gate.open();
      expect(await Promise.all(calls)).toEqual(["paid 1", "paid 2"]);
    });

    it("runs two calls of one process one after the other", async () => {
      const accounts = await start();
      const calls = [accounts.pay("a", 1), accounts.pay("a", 2)];
      await eventually(async () => (await contenders(accounts, "a")).length === 2);
      await eventually(() => accounts.entered.length === 1);
      accounts.gate.open();
      await Promise.all(calls);
      expect(accounts.entered).toHaveLength(2);
    });
  });

  describe("while another process holds the key", () => {
    const held = async (): Promise<[Accounts, () => Promise<unknown>]> => {
      const [one, two] = [await start("one"), await start("two")];
      const call = one.pay("a", 1);
      await eventually(() => one.entered.length === 1);
      return [
        two,
        () => {
          one.gate.open();
          return call;
        },
      ];
    };

    it("resolves with undefined and does not run, if `otherwise` is `skip`", async () => {
      const [accounts, end] = await held();
      expect(await accounts.tryToPay("a", 2)).toBeUndefined();
      expect(accounts.entered).toEqual([]);
      await end();
      await accounts.conclave.client.sync("/");
      expect(await accounts.tryToPay("a", 2)).toBe("paid 2");
    });

    it("rejects with a BusyError, which is 423 on a route, if `otherwise` is `throw`", async () => {
      const [accounts, end] = await held();
      const error = await Promise.resolve(accounts.payOrThrow("a")).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BusyError);
      expect(error).toMatchObject({ names: ["a"], message: 'the lock "a" is not free' });
      expect((error as BusyError).getStatus()).toBe(423);
      await expect(Promise.resolve(accounts.bothOrThrow())).rejects.toThrow('one of the locks "a", "b" is not free');
      await end();
    });

    it("waits for timeoutMs at most, and then throws or skips", async () => {
      const [accounts, end] = await held();
      await expect(accounts.payInTime("a")).rejects.toThrow('the lock "a" is not free after 50 ms');
      expect(await accounts.payInTimeOrSkip("a")).toBeUndefined();
      expect((await contenders(accounts, "a")).map(({ id }) => id)).toEqual(["one"]);
      await end();
    });
  });

  describe("with a key", () => {
    it("computed from the arguments and the instance, locks that name", async () => {
      const accounts = await start();
      expect(await accounts.prefixed("7")).toEqual(["account-7"]);
    });

    it("of several names, locks all of them", async () => {
      const accounts = await start();
      expect(await accounts.both()).toEqual(["a", "b"]);
      expect(await namesOfHeld(accounts.conclave.client)).toEqual([]);
    });

    it("that is invalid, rejects", async () => {
      await expect((await start()).nameless()).rejects.toThrow(TypeError);
    });
  });

  describe("in a nested call", () => {
    it("shares the grant of its caller", async () => {
      expect(await (await start()).move("a", "b")).toBe("paid");
    });

    it("is held until a nested call ends that was not awaited", async () => {
      const accounts = await start();
      const call = accounts.forget();
      await eventually(() => accounts.entered.length === 1);
      await accounts.conclave.client.sync("/");
      expect(await contenders(accounts, "a")).toHaveLength(1);
      accounts.gate.open();
      expect(await call).toBe("forgotten");
      expect(await contenders(accounts, "a")).toEqual([]);
    });

    it("throws if its caller holds only a part of its names", async () => {
      await expect((await start()).partly()).rejects.toThrow("would wait for its own caller");
    });
  });

  describe("with atLeastForMs", () => {
    it("returns the result at once, and stays held until the app shuts down", async () => {
      const [one, two] = [await start("one"), await start("two")];
      expect(await one.brief()).toBe("ran");
      expect(await two.brief()).toBeUndefined();
      await apps.shift()?.close();
      await two.conclave.client.sync("/");
      expect(await two.brief()).toBe("ran");
    });

    it("is released after that time", async () => {
      const accounts = await start();
      expect(await accounts.briefer()).toBe("ran");
      expect(await eventually(() => accounts.briefer())).toBe("ran");
    });
  });

  it("passes the grant as an argument and as currentGrant()", async () => {
    expect(await (await start()).granted("monday")).toEqual(["monday", true]);
  });

  it("passes the grant of the innermost decorator", async () => {
    expect(await (await start()).stacked()).toEqual([true, false]);
  });

  it("refuses an Observable, which would start after the release", async () => {
    await expect((await start()).stream()).rejects.toThrow("Accounts.stream returned an Observable");
  });
});

describe("@Locked, on the class", () => {
  it("names the problem of an instance that Nest has not made", async () => {
    await expect(new Accounts({} as ConclaveService).pay("a", 1)).rejects.toThrow(
      "@Locked on pay needs an instance that Nest itself made",
    );
  });

  it("refuses invalid options", () => {
    expect(() => Locked("a", { otherwise: "wait?" as "wait" })).toThrow(
      '@Locked: otherwise must be "wait", "skip" or "throw"',
    );
    expect(() => Locked("a", { timeoutMs: -1 })).toThrow("timeoutMs must be a number of milliseconds");
    expect(() => Locked("a", { atLeastForMs: Number.NaN })).toThrow("atLeastForMs must be a number of milliseconds");
  });
});
