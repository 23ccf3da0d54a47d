import { connect, isZkError, type ReadOptions, type WatchListener, ZkError, type ZooKeeper } from "@conclave/client";
import { type SeedError, startFaultTarget } from "@conclave/testing";
import { expect, it } from "vitest";
import { BrokenPromisesError } from "./broken-promises-error.ts";
import { playClientFaults } from "./play-client-faults.ts";
import type { Connect } from "./player.ts";

/** Clients that are fine but for one thing: the play must find out which. */
const LIARS: readonly (readonly [lie: string, lies: (zk: ZooKeeper) => Partial<ZooKeeper>, found: RegExp])[] = [
  [
    "says that a write without an answer was not applied",
    (zk) => ({
      create: (...call) =>
        zk.create(...call).catch((error: unknown) => {
          if (!isZkError(error) || error.outcome !== "unknown") throw error;
          throw new ZkError(error.code, error.message, { outcome: "not-applied", cause: error.cause });
        }),
    }),
    /create .* ended as not-applied, and make .* is there/,
  ],
  [
    "tries a write again that may have been done",
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
    "tells a watch twice",
    (zk) => watching(zk, (listener) => (event) => [listener(event), listener(event)]),
    /the watch on data .* was told (\w+), then \1/,
  ],
  [
    "forgets a watch in four",
    (zk) => {
      let left = 0;
      return watching(zk, (listener) => (left++ % 4 === 0 ? () => {} : listener));
    },
    /the watch on data .*(was not told|was told 0 times)/,
  ],
];

it.for(LIARS)("finds a client that %s", async ([, lies, found]) => {
  await using target = await startFaultTarget();
  const lying: Connect = async (...call) => {
    const zk = await connect(...call);
    return withLies(zk, lies(zk));
  };
  // The first round that finds it ends the play; its calls may miss the faults that a violation needs.
  const played = playClientFaults({ target, rounds: 10, restartEvery: 0, lastsMs: 3_000, connect: lying });
  const { cause } = (await played.catch((error: unknown) => error)) as SeedError;
  expect(cause).toBeInstanceOf(BrokenPromisesError);
  expect((cause as BrokenPromisesError).violations).toContainEqual(expect.stringMatching(found));
});

function withLies(zk: ZooKeeper, lies: Partial<ZooKeeper>): ZooKeeper {
  return new Proxy(zk, {
    get: (honest, name) => {
      const found = Reflect.get(name in lies ? lies : honest, name, honest) as unknown;
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
