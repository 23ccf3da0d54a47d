import { connect, isZkError, type ReadOptions, type WatchListener, ZkError, type ZooKeeper } from "@conclave/client";
import { type SeedError, startTestServer } from "@conclave/testing";
import { expect, it } from "vitest";
import { ViolationsError } from "../random-run/violations-error.ts";
import type { Connect } from "./actor.ts";
import { runClientFaults } from "./run-client-faults.ts";

/** Clients with one defect each, which the run must find. */
const DEFECTIVE_CLIENTS: readonly (readonly [
  name: string,
  defect: (zk: ZooKeeper) => Partial<ZooKeeper>,
  found: RegExp,
])[] = [
  [
    "reports a write without a reply as not applied",
    (zk) => ({
      create: (...call) =>
        zk.create(...call).catch((error: unknown) => {
          if (!isZkError(error) || error.outcome !== "unknown") throw error;
          throw new ZkError(error.code, error.message, { outcome: "not-applied", cause: error.cause });
        }),
    }),
    /create .*: outcome not-applied, but create .* is in the tree/,
  ],
  [
    "repeats a write that may have been applied",
    (zk) => ({
      setData: (path, data, options) =>
        zk.setData(path, data, options).catch((error) => {
          if (isZkError(error, "CONNECTION_LOSS")) return zk.setData(path, data, options);
          throw error;
        }),
    }),
    /setData .*holds .* in version 2/,
  ],
  [
    "fires a watch twice",
    (zk) => watching(zk, (listener) => (event) => [listener(event), listener(event)]),
    /the watch on data .* fired with (\w+), then \1/,
  ],
  [
    "drops one of four watches",
    (zk) => {
      let registered = 0;
      return watching(zk, (listener) => (registered++ % 4 === 0 ? () => {} : listener));
    },
    /the watch on data .*(did not fire|fired 0 times)/,
  ],
];

it.for(DEFECTIVE_CLIENTS)("finds a client that %s", async ([, defect, found]) => {
  await using target = await startTestServer();
  const connectDefective: Connect = async (...call) => {
    const zk = await connect(...call);
    return withDefect(zk, defect(zk));
  };
  // Ends with the first round that finds a violation; in some rounds the fault that it needs meets no call.
  const running = runClientFaults({ target, rounds: 10, restartEvery: 0, lastsMs: 3_000, connect: connectDefective });
  const { cause } = (await running.catch((error: unknown) => error)) as SeedError;
  expect(cause).toBeInstanceOf(ViolationsError);
  expect((cause as ViolationsError).violations).toContainEqual(expect.stringMatching(found));
});

function withDefect(zk: ZooKeeper, defect: Partial<ZooKeeper>): ZooKeeper {
  return new Proxy(zk, {
    get: (honest, name) => {
      const found = Reflect.get(name in defect ? defect : honest, name, honest) as unknown;
      return typeof found === "function" ? found.bind(honest) : found;
    },
  });
}

function watching(zk: ZooKeeper, change: (listener: WatchListener) => (...call: Parameters<WatchListener>) => unknown) {
  const changed = ({ watch, signal }: ReadOptions = {}): ReadOptions => ({ watch: watch && change(watch), signal });
  return {
    exists: (path: string, options?: ReadOptions) => zk.exists(path, changed(options)),
    getData: (path: string, options?: ReadOptions) => zk.getData(path, changed(options)),
  };
}
