import { CreateMode, type ZooKeeper } from "@conclave/client";
import { type Random, randomInt } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";
import { Refusal, TreeModel, type Write } from "./tree-model.ts";

const NAMES = ["a", "b", "c"];
const MODES = [
  CreateMode.PERSISTENT,
  CreateMode.PERSISTENT,
  CreateMode.EPHEMERAL,
  CreateMode.PERSISTENT_SEQUENTIAL,
  CreateMode.EPHEMERAL_SEQUENTIAL,
];
/** Number of calls before the first reply is awaited. */
const BATCH = 40;

/** A call in flight, and its expected result. */
interface Expected {
  readonly answer: Promise<unknown>;
  readonly expected: unknown;
}

/** Compares random concurrent calls with a simple model of the tree. */
export function randomCalls(test: ContractTest): void {
  describe("random calls", () => {
    test("have the results of the same calls made one after the other", async (context) => {
      const plain = await context.client();
      await forEachSeed(
        async (random, seed) => {
          await plain.create(`/${seed}`);
          const zk = await context.connectTo(`${context.connectString}${context.path}/${seed}`);
          await zk.sync("/");
          const model = new TreeModel(zk.sessionId);
          for (let batch = 0; batch < 8; batch++) {
            const calls = Array.from({ length: BATCH }, () => call(zk, model, random));
            const answers = await Promise.all(calls.map(({ answer }) => answer));
            for (const [index, { expected }] of calls.entries()) expect(answers[index]).toEqual(expected);
          }
          await zk.close();
        },
        { count: 4 },
      );
    });
  });
}

function call(zk: ZooKeeper, model: TreeModel, random: Random): Expected {
  const kind = randomInt(random, 10);
  if (kind < 6) return single(zk, model, aWrite(model, random, false));
  if (kind < 8) return transaction(zk, model, random);
  return read(zk, model, aPath(random));
}

function single(zk: ZooKeeper, model: TreeModel, write: Write): Expected {
  const outcome = model.write([write]);
  const expected = outcome instanceof Refusal ? { code: outcome.code, path: outcome.path } : outcome[0];
  const { path } = write;
  switch (write.do) {
    case "create":
      return { answer: settle(zk.create(path, write.data, { mode: write.mode })), expected };
    case "setData":
      return { answer: settle(zk.setData(path, write.data, { version: write.version })), expected: partly(expected) };
    default:
      return { answer: settle(zk.delete(path, { version: write.version })), expected };
  }
}

function transaction(zk: ZooKeeper, model: TreeModel, random: Random): Expected {
  const writes = Array.from({ length: 1 + randomInt(random, 4) }, () => aWrite(model, random, true));
  const outcome = model.write(writes);
  const transaction = zk.transaction();
  for (const write of writes) {
    if (write.do === "create") transaction.create(write.path, write.data, { mode: write.mode });
    else if (write.do === "setData") transaction.setData(write.path, write.data, write.version);
    else transaction[write.do](write.path, write.version);
  }
  const expected =
    outcome instanceof Refusal
      ? { code: outcome.code, path: outcome.path }
      : outcome.filter((result) => result !== undefined).map(partly);
  return { answer: settle(transaction.commit()), expected };
}

function read(zk: ZooKeeper, model: TreeModel, path: string): Expected {
  const stat = model.stat(path);
  const answer = Promise.all([
    settle(zk.exists(path)),
    settle(zk.getData(path).then(({ data }) => data?.toString() ?? null)),
    settle(zk.getChildren(path).then((children) => children.sort())),
  ]);
  const missing = { code: "NO_NODE", path };
  const expected =
    stat === null
      ? [null, missing, missing]
      : [expect.objectContaining(stat), model.data(path), model.children(path).sort()];
  return { answer, expected };
}

function aWrite(model: TreeModel, random: Random, mayCheck: boolean): Write {
  const path = aPath(random, 1);
  const data = [null, "", "x", "xyz"][randomInt(random, 4)] as string | null;
  const current = model.stat(path)?.version ?? 0;
  const version = [-1, -1, current, current + 1][randomInt(random, 4)] as number;
  const kind = randomInt(random, mayCheck ? 8 : 7);
  if (kind < 3) return { do: "create", path, data, mode: MODES[randomInt(random, MODES.length)]! };
  if (kind < 5) return { do: "setData", path, data, version };
  return { do: kind < 7 ? "delete" : "check", path, version };
}

function aPath(random: Random, shortest = 0): string {
  const depth = shortest + randomInt(random, 4 - shortest);
  const names = Array.from({ length: depth }, () => NAMES[randomInt(random, NAMES.length)]);
  return `/${names.join("/")}`;
}

/** Resolves with the result, or with code and path of the error. */
function settle(call: Promise<unknown>): Promise<unknown> {
  return call.catch(({ code, path }: { code: string; path: string }) => ({ code, path }));
}

/** Expects the fields of the Stat that the model contains. */
function partly(result: unknown): unknown {
  return typeof result === "object" && result !== null && "version" in result
    ? expect.objectContaining(result)
    : result;
}
