/**
 * A replica of an app: Express with one route. It coordinates by a member of an ensemble that it carries, by servers beside it, or
 * not at all. Its parent may have user code block its event loop.
 */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { embeddedEnsemble, type JoinEnsembleOptions } from "@conclave/embedded";
import { type MembershipHandler, membership } from "@conclave/express";
import express from "express";
import { childInput, report } from "../processes/child.ts";

export interface AppInput {
  readonly id: number;
  /** The replica that it carries. */
  readonly replica?: JoinEnsembleOptions;
  /** Connect string of servers beside it. */
  readonly servers?: string;
}

export type AppReport =
  | { readonly type: "serving"; readonly port: number }
  | { readonly type: "blocking" | "unblocked" };

export type AppOrder =
  /** Blocks the event loop for `busyMs` of every `everyMs`; 0 ends that. */
  | { readonly type: "slices"; readonly busyMs: number; readonly everyMs: number }
  /** Blocks the event loop once. */
  | { readonly type: "block"; readonly ms: number };

const { id, replica, servers } = childInput<AppInput>();
const ensemble = replica && embeddedEnsemble(replica);
const app = express();
let handler: MembershipHandler | undefined;
if (ensemble !== undefined || servers !== undefined) {
  const place = ensemble === undefined ? { servers: servers! } : { ensemble };
  handler = membership({ ...place, group: "bench", id: `app-${id}`, drainDelayMs: 0 });
  app.use(handler);
}
app.get("/orders/:id", (request, response) => void response.json({ id: request.params.id, state: "paid" }));

const server: Server = app.listen(0, "127.0.0.1");
await once(server, "listening");
await handler?.join(server);
await report<AppReport>({ type: "serving", port: (server.address() as AddressInfo).port });

let slices: NodeJS.Timeout | undefined;
process.on("message", (order: AppOrder) => {
  clearInterval(slices);
  if (order.type === "slices") {
    const { busyMs, everyMs } = order;
    if (busyMs > 0) slices = setInterval(() => spin(busyMs), everyMs);
    return;
  }
  void report<AppReport>({ type: "blocking" });
  // The report leaves before the event loop stops.
  setImmediate(() => {
    spin(order.ms);
    void report<AppReport>({ type: "unblocked" });
  });
});
process.once("disconnect", () => void stop().finally(() => process.exit(0)));

async function stop(): Promise<void> {
  await handler?.drain();
  await ensemble?.close();
}

function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
