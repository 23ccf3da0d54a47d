/** A process that measures a TCP round trip without any client, one message at a time. */
import { once } from "node:events";
import { connect } from "node:net";
import { childInput, report } from "../processes/child.ts";
import type { Settle } from "./clients/client-under-test.ts";
import { type Measured, measure } from "./measure.ts";

export interface EchoInput {
  readonly port: number;
  readonly durationMs: number;
}

export interface EchoResult {
  readonly type: "measured";
  readonly measured: Measured;
}

/** About the size of a response to a get. */
const MESSAGE_BYTES = 188;

const { port, durationMs } = childInput<EchoInput>();
const socket = connect({ host: "127.0.0.1", port, noDelay: true });
await once(socket, "connect");
const message = Buffer.alloc(MESSAGE_BYTES);
let settle: Settle = () => {};
let received = 0;
socket.on("data", (chunk) => {
  received += chunk.length;
  if (received < MESSAGE_BYTES) return;
  received = 0;
  settle();
});
const begin = (next: Settle): void => {
  settle = next;
  socket.write(message);
};
const options = { depth: 1, durationMs, maxOperations: 200_000 } as const;
await measure(begin, options);
await report<EchoResult>({ type: "measured", measured: await measure(begin, options) });
process.exit(0);
