/** The process that measures one client against one server; no other client is loaded in it. */
import { setTimeout as delay } from "node:timers/promises";
import { childInput, report } from "../processes/child.ts";
import type { Settle } from "./clients/client-under-test.ts";
import { type Measured, measure } from "./measure.ts";
import { type ClientName, CONNECT } from "./measured-clients.ts";
import { type Cell, OPERATIONS, type Operation, VALUE_BYTES } from "./plan.ts";

export interface WorkerInput {
  readonly client: ClientName;
  readonly connectString: string;
  /** Contains the peers, or is the other checkout. */
  readonly folder: string | undefined;
  /** Path of a znode for this process alone, which does not exist yet. */
  readonly root: string;
  readonly cells: readonly Cell[];
  readonly cellMs: number;
  readonly warmUpMs: number;
}

export type WorkerReport =
  | { readonly type: "measured"; readonly cell: Cell; readonly measured: Measured }
  | { readonly type: "done" };

/** Created znodes stay in the tree until the run ends. */
const MAX_OPERATIONS: Readonly<Record<Operation, number>> = { get: 200_000, set: 100_000, create: 8_000 };
const WARM_UP_DEPTH = 64;
/** Pause in which server and garbage collector finish their work on earlier operations. */
const PAUSE_MS = 20;

const input = childInput<WorkerInput>();
const connect = await CONNECT[input.client]();
const client = await connect(input.connectString, input.folder);
const value = Buffer.alloc(VALUE_BYTES, "v");
const target = `${input.root}/target`;
let created = 0;

await settling((settle) => client.create(input.root, value, settle));
await settling((settle) => client.create(target, value, settle));
const data = await settling((settle) => client.get(target, settle));
if (data == null || !value.equals(data)) throw new Error(`a get returned other data than was written: ${data}`);

const operations: Readonly<Record<Operation, (settle: Settle) => void>> = {
  get: (settle) => client.get(target, settle),
  set: (settle) => client.set(target, value, settle),
  create: (settle) => client.create(`${input.root}/n${++created}`, value, settle),
};

for (const operation of OPERATIONS) {
  await measure(operations[operation], {
    depth: WARM_UP_DEPTH,
    durationMs: input.warmUpMs,
    maxOperations: MAX_OPERATIONS[operation],
  });
}
for (const cell of input.cells) {
  await delay(PAUSE_MS);
  const measured = await measure(operations[cell.operation], {
    depth: cell.depth,
    durationMs: input.cellMs,
    maxOperations: MAX_OPERATIONS[cell.operation],
  });
  await report({ type: "measured", cell, measured } satisfies WorkerReport);
}
await report({ type: "done" } satisfies WorkerReport);
await client.close();
process.exit(0);

function settling(begin: (settle: Settle) => void): Promise<Uint8Array | null | undefined> {
  return new Promise((resolve, reject) => {
    begin((error, data) => (error === undefined ? resolve(data) : reject(error)));
  });
}
