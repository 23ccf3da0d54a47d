/**
 * A process that is the only member of its cluster and leads it. Measures the guards of a route, compared with a handler
 * that only calls `next()`. The guards are called directly: HTTP would cost many times as much.
 */
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { leaderOnly, membership, ownedBy } from "@conclave/express";
import { eventually } from "@conclave/testing";
import express, { type Request, type RequestHandler, type Response } from "express";
import { childInput, report } from "../processes/child.ts";
import { type CallCosts, measureCalls, type Subject } from "./call-cost.ts";
import type { CallInput } from "./nest-process.ts";

const input = childInput<CallInput>();
const handler = membership({ servers: input.connectString, group: "bench", id: "bench", drainDelayMs: 0 });
await handler.join({ url: "http://127.0.0.1:1" });
const { cluster } = handler;
await eventually(() => cluster.leader, { what: "leading, as the only member," });
const app = express();
const message = Object.assign(new IncomingMessage(new Socket()), {
  method: "GET",
  url: "/",
  originalUrl: "/",
  cluster,
});
const request: Request = Object.setPrototypeOf(message, app.request);
const response: Response = Object.setPrototypeOf(new ServerResponse(message), app.response);
const subjects = [
  subject("bare", (_request, _response, next) => next()),
  subject("leaderOnly()", leaderOnly()),
  subject(
    "ownedBy()",
    ownedBy(() => "key"),
  ),
];
await report<CallCosts>(await measureCalls(subjects, input));
await handler.drain();
process.exit(0);

/** A call ends when the next handler is called; closing the response then releases the grants of the guard. */
function subject(name: string, guard: RequestHandler): Subject {
  const call = (): Promise<void> =>
    new Promise((resolve, reject) => {
      void guard(request, response, (error?: unknown) => {
        response.emit("close");
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  return { name, asks: false, call };
}
