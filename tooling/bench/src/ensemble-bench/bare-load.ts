/** A process that sends messages to the smallest replicated server, many at the same time, and counts those that come back. */
import { connect } from "node:net";
import { childInput, report } from "../processes/child.ts";

export interface BareLoadInput {
  readonly port: number;
  readonly connections: number;
  /** Messages of a connection that are under way at the same time. */
  readonly inFlight: number;
  readonly messageBytes: number;
  /** Messages that do not count. */
  readonly warmUp: number;
  readonly count: number;
}

/** `warm` comes after the messages that do not count, `done` at the end. */
export type BareLoadReport = { readonly type: "warm" } | { readonly type: "done"; readonly ms: number };

const { port, connections, inFlight, messageBytes, warmUp, count } = childInput<BareLoadInput>();
const buffer = Buffer.allocUnsafe(256 * 1024);
const messages = Buffer.alloc(inFlight * messageBytes);
let answered = 0;
let begun = connections * inFlight;
let startedAt = 0;

function answer(number: number): number {
  const before = answered;
  answered += number;
  if (before < warmUp && answered >= warmUp) {
    startedAt = performance.now();
    void report<BareLoadReport>({ type: "warm" });
  }
  if (before < warmUp + count && answered >= warmUp + count) {
    void report<BareLoadReport>({ type: "done", ms: performance.now() - startedAt });
  }
  const next = Math.min(number, warmUp + count - begun);
  begun += next;
  return next;
}

for (let index = 0; index < connections; index++) {
  let received = 0;
  const callback = (length: number): boolean => {
    received += length;
    const whole = Math.floor(received / messageBytes);
    received -= whole * messageBytes;
    const next = answer(whole);
    if (next > 0) socket.write(messages.subarray(0, next * messageBytes));
    return true;
  };
  const socket = connect({ host: "127.0.0.1", port, noDelay: true, onread: { buffer, callback } }, () => {
    socket.write(messages);
  });
}
process.once("disconnect", () => process.exit(0));
