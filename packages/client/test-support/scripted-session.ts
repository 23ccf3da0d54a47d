import { exists, sync } from "@conclave/protocol";
import { TestClock } from "@conclave/runtime/testing";
import { onTestFinished } from "vitest";
import type { ConnectOptions } from "../src/api/connect-options.js";
import type { ZooKeeper } from "../src/api/zookeeper.js";
import type { SessionState } from "../src/api/zookeeper-events.js";
import { connect } from "../src/connect.js";
import { stat } from "./sample-replies.js";
import type { ScriptedPeer } from "./scripted-peer.js";
import { type OnVersionAsked, type ScriptedServer, startScriptedServer } from "./scripted-server.js";

/** Session timeout that the scripted servers of these tests grant. */
export const TIMEOUT_MS = 9_000;

/** A client with a manual clock, connected to one scripted server. */
export class ScriptedSession {
  readonly server: ScriptedServer;
  readonly clock: TestClock;
  readonly zk: ZooKeeper;
  /** All states since the session was established. */
  readonly states: SessionState[] = [];

  constructor(server: ScriptedServer, clock: TestClock, zk: ZooKeeper) {
    this.server = server;
    this.clock = clock;
    this.zk = zk;
    zk.on("state", ({ state }) => this.states.push(state));
  }

  /** Resolves when the client is in `state`; at once if it already is. */
  async reached(state: SessionState): Promise<void> {
    if (this.zk.state === state) return;
    await new Promise<void>((resolve) => {
      const onState = (change: { state: SessionState }): void => {
        if (change.state !== state) return;
        this.zk.off("state", onState);
        resolve();
      };
      this.zk.on("state", onState);
    });
  }

  /** Closes the connection from the server side; resolves when the client is suspended. */
  async lose(peer: ScriptedPeer): Promise<void> {
    const suspended = this.reached("suspended");
    peer.hangUp();
    await suspended;
  }

  /** Returns the client's next connection; moves the clock forward in small steps until it arrives. */
  async next(): Promise<ScriptedPeer> {
    let arrived = false;
    const connection = this.server.connection().finally(() => {
      arrived = true;
    });
    while (!arrived) {
      this.clock.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return connection;
  }

  /** Closes the server, then the client. */
  async close(): Promise<void> {
    await this.server.close();
    await this.zk.close();
  }
}

/** Answers the question of a client that connects if its chroot exists. */
export async function confirmChroot(peer: ScriptedPeer): Promise<void> {
  peer.reply((await peer.request()).xid, { write: (out) => sync.writeResponse(out, { path: "/" }) });
  peer.reply((await peer.request()).xid, { write: (out) => exists.writeResponse(out, { stat }) });
}

/**
 * Connects a client with a manual clock to a scripted server; returns also the server's side of its connection. Both are
 * closed at the end of the test. Reads are not joined by default, so that the server is not asked for its version.
 */
export async function startSession(
  options: ConnectOptions = {},
  chroot = "",
  onVersionAsked?: OnVersionAsked,
): Promise<{ session: ScriptedSession; zk: ZooKeeper; peer: ScriptedPeer; clock: TestClock }> {
  const server = await startScriptedServer(onVersionAsked);
  const clock = new TestClock();
  const connecting = connect(server.connectString + chroot, {
    ...{ sessionTimeoutMs: TIMEOUT_MS, clock, batchReads: false },
    ...options,
  });
  const peer = await server.connection();
  await peer.handshake();
  peer.accept({ timeoutMs: TIMEOUT_MS });
  for (let left = options.auth?.length ?? 0; left > 0; left--) peer.reply((await peer.request()).xid, { zxid: 0n });
  if (chroot !== "") await confirmChroot(peer);
  const session = new ScriptedSession(server, clock, await connecting);
  onTestFinished(() => session.close());
  return { session, zk: session.zk, peer, clock };
}
