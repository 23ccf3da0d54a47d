import { connect } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { Injectable } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BusyError, ConclaveModule, currentGrant, ReadLocked, Semaphore, WriteLocked } from "../index.js";

@Injectable()
class Catalogue {
  reading = 0;
  finish: (() => void)[] = [];

  @ReadLocked("catalogue")
  async read(): Promise<string> {
    this.reading++;
    await new Promise<void>((resolve) => this.finish.push(resolve));
    this.reading--;
    return "read";
  }

  @WriteLocked("catalogue", { otherwise: "throw" })
  write(): string {
    return "written";
  }

  @WriteLocked("shelf")
  async rewrite(): Promise<boolean> {
    const { fencingToken } = currentGrant();
    return (await this.shelfToken()) === fencingToken;
  }

  @ReadLocked("shelf")
  async shelfToken(): Promise<bigint> {
    return currentGrant().fencingToken;
  }

  @ReadLocked("shelf")
  async upgrade(): Promise<unknown> {
    return this.rewrite();
  }

  @ReadLocked(["a", "b"])
  several(): void {}
}

@Injectable()
class Printers {
  printing = 0;
  finish: (() => void)[] = [];

  @Semaphore((room: string) => `printers-${room}`, { permits: 2 })
  async print(_room: string): Promise<void> {
    this.printing++;
    await new Promise<void>((resolve) => this.finish.push(resolve));
    this.printing--;
  }

  @Semaphore((room: string) => `printers-${room}`, { permits: 2, otherwise: "skip" })
  tryToPrint(_room: string): string {
    return "printed";
  }

  @Semaphore((room: string) => `printers-${room}`, { permits: 2, otherwise: "throw" })
  refuse(_room: string): string {
    return "printed";
  }

  @Semaphore((room: string) => `printers-${room}`, { permits: 2, timeoutMs: 20 })
  refuseInTime(_room: string): string {
    return "printed";
  }

  /** Stays inside until two of these are. */
  @Semaphore("pair", { permits: 2, otherwise: "throw" })
  async printOrThrow(): Promise<string> {
    return this.meet();
  }

  @Semaphore("pair", { permits: 2, otherwise: "skip" })
  async printOrSkip(): Promise<string> {
    return this.meet();
  }

  private async meet(): Promise<string> {
    this.printing++;
    await eventually(() => this.printing === 2);
    await Promise.resolve();
    return "printed";
  }

  @Semaphore("one", { permits: 1 })
  async again(times: number): Promise<number> {
    return times === 0 ? 0 : 1 + (await this.again(times - 1));
  }
}

describeOnEachEnsemble("@ReadLocked, @WriteLocked and @Semaphore", (ensemble: EnsembleUnderTest) => {
  const apps: TestingModule[] = [];
  let catalogues: [Catalogue, Catalogue];
  let printers: [Printers, Printers];

  const start = async (): Promise<TestingModule> => {
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const app = await Test.createTestingModule({
      imports: [ConclaveModule.forRoot({ servers: ensemble.connectString() + ensemble.root, logger })],
      providers: [Catalogue, Printers],
    }).compile();
    app.useLogger(false);
    apps.push(app);
    return app.init();
  };

  beforeAll(async () => {
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
    const [one, two] = [await start(), await start()];
    catalogues = [one.get(Catalogue), two.get(Catalogue)];
    printers = [one.get(Printers), two.get(Printers)];
  });
  beforeEach(() => {
    for (const each of [...catalogues, ...printers]) each.finish = [];
  });
  afterAll(() => Promise.all(apps.map((app) => app.close())));

  it("lets readers run together, across processes, and no writer with them", async () => {
    const [one, two] = catalogues;
    const reads = [one.read(), two.read()];
    await eventually(() => one.reading + two.reading === 2);
    await expect(two.write()).rejects.toThrow(BusyError);
    for (const { finish } of catalogues) for (const end of finish) end();
    expect(await Promise.all(reads)).toEqual(["read", "read"]);
    await eventually(async () => (await Promise.resolve(two.write()).catch(() => "busy")) === "written");
  });

  it("lets a writer read under the write lock", async () => {
    expect(await catalogues[0].rewrite()).toBe(true);
  });

  it("throws for a reader that would wait for itself to write", async () => {
    await expect(catalogues[0].upgrade()).rejects.toThrow("would wait for its own caller");
  });

  it("rejects a key with several names", async () => {
    await expect(Promise.resolve(catalogues[0].several())).rejects.toThrow('one name is expected, not ["a","b"]');
  });

  it("runs as many calls as there are permits, across processes, per key", async () => {
    const [one, two] = printers;
    const calls = [one.print("a"), two.print("a"), one.print("b")];
    await eventually(() => one.printing + two.printing === 3);
    expect(await two.tryToPrint("a")).toBeUndefined();
    const third = two.print("a");
    for (const end of one.finish.splice(0)) end();
    await eventually(() => two.printing === 2);
    for (const end of two.finish.splice(0)) end();
    await Promise.all([...calls, third]);
    await eventually(() => two.tryToPrint("a"));
  });

  it.each(["printOrThrow", "printOrSkip"] as const)(
    "grants two permits to two simultaneous callers, without a false refusal: %s",
    async (method) => {
      const [one] = printers;
      for (let round = 0; round < 10; round++) {
        one.printing = 0;
        expect(await Promise.all([one[method](), one[method]()])).toEqual(["printed", "printed"]);
      }
      one.printing = 0;
    },
  );

  it("says that no permit is free, if none is, and answers 423", async () => {
    const [one, two] = printers;
    const calls = [one.print("c"), two.print("c")];
    await eventually(() => one.printing + two.printing === 2);
    const error = await Promise.resolve(two.refuse("c")).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BusyError);
    expect(error).toMatchObject({ message: 'the semaphore "printers-c" has no free permit' });
    expect((error as BusyError).getStatus()).toBe(423);
    await expect(Promise.resolve(two.refuseInTime("c"))).rejects.toThrow(
      'the semaphore "printers-c" has no free permit after 20 ms',
    );
    for (const { finish } of printers) for (const end of finish) end();
    await Promise.all(calls);
  });

  it("shares the permit of its caller", async () => {
    expect(await printers[0].again(3)).toBe(3);
  });
});

describe("@Semaphore, on the class", () => {
  it("requires a number of permits", () => {
    expect(() => Semaphore("a", { permits: 0 })).toThrow(
      "@Semaphore: permits must be a whole number, 1 or more, not 0",
    );
  });
});
