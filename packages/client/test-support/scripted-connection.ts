import { type ConnectResponse, deleteNode } from "@conclave/protocol";
import { TestClock } from "@conclave/runtime/testing";
import type { ConnectionError } from "../src/api/connection-error.js";
import { Connection } from "../src/connection/connection.js";
import type { ConnectionOptions, ReplyListener } from "../src/connection/connection-options.js";
import { PendingOperation } from "../src/requests/pending-operation.js";
import { startScriptedServer } from "./scripted-server.js";

const TIMEOUT_MS = 9_000;
/** Limit of each step of an attempt to connect, in milliseconds. */
export const LIMIT_MS = 3_000;

/** Opens a connection to a scripted server. The clock is at 1,000 ms. */
export const openConnection = async (more: Partial<ConnectionOptions> = {}, replies: Partial<ReplyListener> = {}) => {
  const server = await startScriptedServer();
  const clock = new TestClock();
  const calls: string[] = [];
  const errors: ConnectionError[] = [];
  let onAttached = (): void => {};
  const attached = new Promise<void>((resolve) => {
    onAttached = resolve;
  });
  let onEnded = (): void => {};
  const ended = new Promise<void>((resolve) => {
    onEnded = resolve;
  });
  const [host = "", port] = server.connectString.split(":");
  const connection: Connection = new Connection({
    server: { host, port: Number(port) },
    handshake: {
      protocolVersion: 0,
      lastZxidSeen: 0n,
      timeoutMs: TIMEOUT_MS,
      sessionId: 0n,
      password: new Uint8Array(16),
      readOnly: false,
    },
    connectTimeoutMs: LIMIT_MS,
    handshakeTimeoutMs: LIMIT_MS,
    tls: undefined,
    sasl: undefined,
    maxRequestBytes: 1_000,
    maxReplyBytes: 1_000_000,
    batchReads: false,
    onBatchRefused: () => {},
    clock,
    random: { float: () => 0, bytes: (length) => new Uint8Array(length) },
    listener: {
      attached: (_response: ConnectResponse, sentAtMs) => {
        calls.push(`attached, handshake sent at ${sentAtMs}`);
        onAttached();
      },
      ended: (error) => {
        calls.push(`ended: ${error.reason}`);
        errors.push(error);
        onEnded();
      },
    },
    replies: {
      notified: ({ path }) => void calls.push(`event at ${path}`),
      answered: () => {},
      isOverdue: () => false,
      compareClock: () => {},
      ...replies,
    },
    ...more,
  });
  return { server, clock, calls, errors, attached, ended, connection };
};
/** A connection whose handshake the server has accepted. */
export const servingConnection = async (
  more: Partial<ConnectionOptions> = {},
  replies: Partial<ReplyListener> = {},
) => {
  const context = await openConnection(more, replies);
  const peer = await context.server.connection();
  await peer.handshake();
  peer.accept({ timeoutMs: TIMEOUT_MS });
  await context.attached;
  return { ...context, peer };
};

/** Returns a `delete` of `path`; its promise may reject without a handler. */
export const removal = (path: string, signal?: AbortSignal) => {
  const pending = new PendingOperation({
    operation: deleteNode,
    request: { path, version: -1 },
    path,
    isWrite: true,
    signal,
    onResponse: () => undefined,
  });
  pending.promise.catch(() => {});
  return pending;
};
