import { describe, expect, it } from "vitest";
import { WonLeadership } from "./leadership.js";

const leadershipOf = (nominate: (id: string) => Promise<void> = async () => {}, steps: string[] = []): WonLeadership =>
  new WonLeadership({
    ...{ zk: { state: "connected" }, what: "leadership of reports", path: "/reports/a", fencingToken: 1n },
    ...{ election: "reports", id: "a", nominate },
    deleteZnode: async () => void steps.push("released"),
  });

describe("a leadership", () => {
  it("is released after the nomination when it is transferred", async () => {
    const steps: string[] = [];
    const leadership = leadershipOf(async (id) => void steps.push(`nominate ${id}`), steps);
    await leadership.transferTo("b");
    expect([steps, leadership.signal.reason]).toMatchObject([["nominate b", "released"], { code: "RELEASED" }]);
  });

  it("is kept when the nomination fails", async () => {
    const steps: string[] = [];
    const leadership = leadershipOf(() => Promise.reject(new TypeError("no participant")), steps);
    await expect(leadership.transferTo("b")).rejects.toThrow("no participant");
    expect([steps, leadership.signal.aborted]).toEqual([[], false]);
  });

  it("returns the results of tasks unchanged, and throws their errors", () => {
    const leadership = leadershipOf();
    const promise = Promise.resolve(1);
    expect(leadership.run(() => promise)).toBe(promise);
    // biome-ignore lint/suspicious/noThenProperty: not a thenable
    for (const value of [7, null, undefined, "then", { then: 1 }]) expect(leadership.run(() => value)).toBe(value);
    expect(leadership.run((own) => own.id)).toBe("a");
    const fail = (): never => {
      throw new Error("no disk");
    };
    expect(() => leadership.run(fail)).toThrow("no disk");
  });

  it("calls then of a thenable result once", async () => {
    let calls = 0;
    // biome-ignore lint/suspicious/noThenProperty: query builders have one
    const query = { then: (resolve: (value: string) => void) => resolve(`call ${++calls}`) };
    const result = leadershipOf().run(() => query as unknown as Promise<string>);
    expect([result instanceof Promise, await result, await result, calls]).toEqual([true, "call 1", "call 1", 1]);
  });

  it("is idle when the promises of all tasks have settled, also of tasks that start while it waits", async () => {
    const leadership = leadershipOf();
    await leadership.idle();
    let isIdle = false;
    const pending: { resolve(): void; reject(error: Error): void }[] = [];
    const start = (): Promise<void> =>
      leadership.run(() => new Promise<void>((resolve, reject) => pending.push({ resolve, reject })));
    void start();
    const idle = leadership.idle().then(() => {
      isIdle = true;
    });
    const failing = start();
    pending[0]!.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isIdle).toBe(false);
    pending[1]!.reject(new Error("no disk"));
    await expect(failing).rejects.toThrow("no disk");
    await idle;
  });
});
