import type { ConnectRequest } from "@conclave/protocol";
import { TestClock } from "@conclave/runtime/testing";
import { onTestFinished } from "vitest";
import type { ConnectOptions } from "../src/api/connect-options.js";
import type { ZooKeeper } from "../src/api/zookeeper.js";
import type { SessionState } from "../src/api/zookeeper-events.js";
import { connect } from "../src/connect.js";
import { type GreetedPeer, type ReadOnlyServer, startReadOnlyServer } from "./read-only-server.js";
import type { ScriptedPeer } from "./scripted-peer.js";
import { TIMEOUT_MS } from "./scripted-session.js";

/** Moves the clock forward in small steps until the server has the next connection of a client that it serves. */
export async function nextGreeted(server: ReadOnlyServer, clock: TestClock): Promise<GreetedPeer> {
  let arrived = false;
  const greeted = server.greeted().finally(() => {
    arrived = true;
  });
  while (!arrived) {
    clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return greeted;
}

/** A client with a manual clock, and the scripted server that it uses. */
export interface ReadOnlyClient {
  readonly server: ReadOnlyServer;
  readonly clock: TestClock;
  readonly zk: ZooKeeper;
  /** The server's side of the first connection. */
  readonly peer: ScriptedPeer;
  readonly handshake: ConnectRequest;
  /** All events `readOnly` since `connect` resolved. */
  readonly events: boolean[];
}

/** Connects a client to a server that has lost its ensemble. */
export async function connectReadOnly(options: ConnectOptions = {}): Promise<ReadOnlyClient> {
  const server = await startReadOnlyServer();
  const clock = new TestClock();
  const connecting = connect(server.connectString, {
    clock,
    sessionTimeoutMs: TIMEOUT_MS,
    canBeReadOnly: true,
    ...options,
  });
  const { peer, handshake } = await nextGreeted(server, clock);
  peer.accept({ sessionId: 0x5n, timeoutMs: TIMEOUT_MS, readOnly: true });
  const zk = await connecting;
  onTestFinished(async () => {
    // Without a server the client is closed at once.
    server.close();
    await zk.close();
  });
  const events: boolean[] = [];
  zk.on("readOnly", ({ isReadOnly }) => events.push(isReadOnly));
  return { server, clock, zk, peer, handshake, events };
}

/** Resolves when the state of the client changes to `wanted`. */
export function stateReached(zk: ZooKeeper, wanted: SessionState): Promise<void> {
  return new Promise((resolve) => {
    zk.on("state", ({ state }) => {
      if (state === wanted) resolve();
    });
  });
}

/** Gives the server its ensemble back; returns its side of the client's session when the client is connected. */
export async function reconnect({ server, clock, zk }: ReadOnlyClient): Promise<ScriptedPeer> {
  server.hasEnsemble = true;
  const connected = stateReached(zk, "connected");
  const { peer } = await nextGreeted(server, clock);
  peer.accept({ timeoutMs: TIMEOUT_MS });
  await connected;
  return peer;
}

/** Takes the ensemble away from a server that serves the session; returns its side when it serves the client read-only. */
export async function loseEnsemble(
  { server, clock, zk }: ReadOnlyClient,
  serving: ScriptedPeer,
): Promise<ScriptedPeer> {
  server.hasEnsemble = false;
  serving.hangUp();
  const { peer } = await nextGreeted(server, clock);
  peer.accept({ sessionId: 0x6n, timeoutMs: TIMEOUT_MS, readOnly: true });
  while (!zk.isReadOnly) await new Promise((resolve) => setImmediate(resolve));
  return peer;
}
