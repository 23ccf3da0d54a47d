/*
 * Entry of the worker thread of a replica: carries out the calls of the application's thread, and reports to it.
 */

import { parentPort } from "node:worker_threads";
import { type Logger, systemClock } from "@conclave/runtime";
import type { PeerAddress } from "./peers.js";
import { Replica, type ReplicaOptions } from "./replica.js";
import { type FromWorker, receivedError, type SentOptions, sentError, type ToWorker } from "./replica-messages.js";
import { stateOf } from "./replica-state.js";

const STATE_INTERVAL_MS = 50;

const port = parentPort!;
const send = (message: FromWorker): void => port.postMessage(message);
const asked = new Map<number, { resolve(peers: readonly PeerAddress[]): void; reject(error: Error): void }>();
let questions = 0;
let replica: Replica | undefined;
let place: ReplicaOptions | undefined;
let lastState = "";
let timer: NodeJS.Timeout | undefined;

const log =
  (level: keyof Logger): Logger["info"] =>
  (message, fields) =>
    send({ type: "log", level, message, fields: fields && cloneable(fields) });
const logger: Logger = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };

function peers(): Promise<readonly PeerAddress[]> {
  return new Promise((resolve, reject) => {
    const call = ++questions;
    asked.set(call, { resolve, reject });
    send({ type: "askPeers", call });
  });
}

async function start(sent: SentOptions): Promise<void> {
  const onFailure = (cause: unknown): void => send({ type: "failed", cause: sentError(cause) });
  const options: ReplicaOptions = { ...sent, peers, clock: systemClock, logger, onFailure };
  replica = await Replica.start(options);
  place = options;
  timer = setInterval(reportState, STATE_INTERVAL_MS);
}

function reportState(): void {
  if (replica === undefined || place === undefined) return;
  const state = stateOf(replica, place);
  const text = JSON.stringify(state);
  if (text === lastState) return;
  lastState = text;
  send({ type: "state", state });
}

async function close(): Promise<void> {
  clearInterval(timer);
  for (const { reject } of asked.values()) reject(new Error("the replica is closing"));
  await replica?.close();
}

const calls: { readonly [N in Extract<ToWorker, { type: "call" }>["name"]]: (argument: never) => Promise<void> } = {
  start,
  whenServing: () => replica!.whenServing(),
  reconfigure: (change: Parameters<Replica["reconfigure"]>[0]) => replica!.reconfigure(change),
  close,
};

port.on("message", (message: ToWorker) => {
  if (message.type === "peers") {
    const waiting = asked.get(message.call);
    asked.delete(message.call);
    if (message.peers === undefined) waiting?.reject(receivedError(message.error!));
    else waiting?.resolve(message.peers);
    return;
  }
  const { call, name, argument } = message;
  calls[name](argument as never)
    .then(
      () => undefined,
      (error: unknown) => sentError(error),
    )
    .then((error) => {
      // First: whoever waits for the answer then reads the state that it led to.
      reportState();
      send({ type: "answer", call, error });
      if (name === "close") port.close();
    });
});

/** Returns fields without what a thread cannot send: errors become texts, functions are left out. */
function cloneable(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      if (typeof value === "function" || typeof value === "symbol") return [];
      return [[name, value instanceof Error ? `${value.name}: ${value.message}` : value]];
    }),
  );
}
