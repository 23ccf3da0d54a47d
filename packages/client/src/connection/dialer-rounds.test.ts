import { type Logger, silentLogger } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { expect, it, onTestFinished } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../../test-support/scripted-server.js";
import type { Connection } from "./connection.js";
import { Dialer } from "./dialer.js";
import { HostRing } from "./host-ring.js";
import { noSession, type SessionIdentity } from "./session-identity.js";

const TIMEOUT_MS = 9_000;

/** A dialer with servers that it tries in the given order, and the calls that its owner receives. */
const dialing = async (
  count: number,
  session: SessionIdentity = noSession(TIMEOUT_MS),
  logger: Logger = silentLogger,
) => {
  const servers: ScriptedServer[] = [];
  for (let i = 0; i < count; i++) servers.push(await startScriptedServer());
  const clock = new TestClock();
  const pauses: number[] = [];
  const recording = {
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    setTimer: (delayMs: number, callback: () => void) => {
      if (delayMs > 0 && delayMs < 1_000) pauses.push(delayMs);
      return clock.setTimer(delayMs, callback);
    },
  };
  const random = { float: () => 0, bytes: (length: number) => new Uint8Array(length) };
  const addresses = servers.map(({ connectString }) => ({ host: "127.0.0.1", port: Number(connectString.slice(10)) }));
  const hosts = new HostRing(addresses, random);
  const inOrder = hosts.servers.map((server) => servers[addresses.indexOf(server)]!);
  const calls: string[] = [];
  let attachedTo: Connection | undefined;
  let changed = (): void => {};
  const note = (call: string): void => {
    calls.push(call);
    changed();
  };
  const during = { failed: (): void => {} };
  const dialer: Dialer = new Dialer(
    {
      hosts,
      backoff: { initialMs: 100, maxMs: 990 },
      maxRequestBytes: 1_000,
      maxReplyBytes: 1_000,
      batchReads: false,
      tls: undefined,
      sasl: undefined,
      clock: recording,
      random,
      logger,
      replies: { notified: () => {}, answered: () => {}, isOverdue: () => false, compareClock: () => {} },
    },
    {
      credentials: () => ({ identity: session, lastZxidSeen: 7n }),
      attached: (connection, { sessionId }, sentAtMs) => {
        attachedTo = connection;
        note(`attached ${sessionId} at ${sentAtMs}`);
      },
      refused: () => note("refused"),
      failed: (error, isRound) => {
        during.failed();
        note(`failed: ${error.reason}${isRound ? ", round" : ""}`);
      },
      lost: (error) => note(`lost: ${error.reason}`),
    },
  );
  onTestFinished(() => dialer.hangUp("CLOSED"));
  /** Resolves when the owner has received so many calls. */
  const called = async (wanted: number): Promise<string[]> => {
    while (calls.length < wanted) {
      await new Promise<void>((resolve) => {
        changed = resolve;
      });
    }
    return calls;
  };
  const hangUpAt = async (index: number): Promise<void> => (await inOrder[index]!.connection()).hangUp();
  return { dialer, clock, pauses, calls, called, inOrder, hosts, during, hangUpAt, connection: () => attachedTo };
};
const resumed: SessionIdentity = { id: 5n, password: new Uint8Array(16).fill(1), timeoutMs: TIMEOUT_MS };

it("the dialer tries all servers without a pause, and pauses for longer after each round of failures", async () => {
  const { dialer, clock, pauses, called, hangUpAt } = await dialing(2);
  dialer.dial();
  await hangUpAt(0);
  await hangUpAt(1);
  expect(await called(2)).toEqual(["failed: closed", "failed: closed, round"]);
  expect(pauses).toEqual([100]);
  clock.advance(99);
  expect(clock.pending).toBe(1);
  clock.advance(1);
  await hangUpAt(0);
  await hangUpAt(1);
  expect((await called(4)).slice(2)).toEqual(["failed: closed", "failed: closed, round"]);
  expect(pauses).toEqual([100, 200]);
  expect(dialer.lastError).toMatchObject({ reason: "closed" });
});

it.each([
  ["a tenth of the timeout while there is a session", resumed, [100, 200, 400, 800, 900]],
  ["the longest of the options for a new session", noSession(TIMEOUT_MS), [100, 200, 400, 800, 990]],
])("the dialer pauses for at most %s", async (_name, session, expected) => {
  const { dialer, clock, pauses, called, hangUpAt } = await dialing(1, session);
  dialer.dial();
  for (let failures = 1; failures <= 5; failures++) {
    await hangUpAt(0);
    await called(failures);
    clock.advance(pauses.at(-1)!);
  }
  expect(pauses).toEqual(expected);
});

it("the dialer sends the session, and what it has seen, in the handshake", async () => {
  const { dialer, inOrder, called, connection } = await dialing(1, resumed);
  dialer.dial();
  expect(dialer.newestUnansweredMs).toBe(-Infinity);
  const peer = await inOrder[0]!.connection();
  expect(await peer.handshake()).toEqual({
    protocolVersion: 0,
    lastZxidSeen: 7n,
    timeoutMs: TIMEOUT_MS,
    sessionId: 5n,
    password: resumed.password,
    readOnly: false,
  });
  expect(dialer.newestUnansweredMs).toBe(1_000);
  peer.accept({ sessionId: 5n, timeoutMs: TIMEOUT_MS });
  expect(await called(1)).toEqual(["attached 5 at 1000"]);
  expect(connection()?.address).toEqual({ host: "127.0.0.1", port: Number(inOrder[0]!.connectString.slice(10)) });
  dialer.hangUp("CLOSED");
  expect(dialer.newestUnansweredMs).toBe(-Infinity);
});

it("the dialer gives a new session a third of its timeout for the handshake, and a resumed one its share", async () => {
  for (const [session, limitMs] of [
    [noSession(TIMEOUT_MS), 3_000],
    [resumed, 1_500],
  ] as const) {
    const { dialer, clock, inOrder, calls } = await dialing(2, session);
    dialer.dial();
    await (await inOrder[0]!.connection()).handshake();
    clock.advance(limitMs - 1);
    expect(calls).toEqual([]);
    clock.advance(1);
    expect(calls).toEqual(["failed: timeout"]);
  }
});

it("the dialer prefers an added server only until one has accepted the session", async () => {
  const { dialer, inOrder, hosts, called } = await dialing(1, resumed);
  dialer.dial();
  const first = await inOrder[0]!.connection();
  await first.handshake();
  const port = Number(inOrder[0]!.connectString.slice(10));
  const added = [1, 2].map((unused) => ({ host: "127.0.0.1", port: unused }));
  hosts.update([...added, { host: "127.0.0.1", port }], { host: "127.0.0.1", port });
  first.accept({ sessionId: 5n, timeoutMs: TIMEOUT_MS });
  await called(1);
  expect(hosts.next()).toBe(hosts.servers[0]);
  expect(hosts.next()).toBe(hosts.servers[1]);
});

it("the dialer reports a session that has expired, and leaves the server", async () => {
  const { dialer, inOrder, called, clock } = await dialing(1, resumed);
  dialer.dial();
  const peer = await inOrder[0]!.connection();
  await peer.handshake();
  peer.refuse();
  expect(await called(1)).toEqual(["refused"]);
  await peer.closed;
  expect([dialer.lastError, clock.pending]).toEqual([undefined, 0]);
});

it("the dialer counts an answer without a session as a failure", async () => {
  const { dialer, inOrder, called } = await dialing(1);
  dialer.dial();
  const peer = await inOrder[0]!.connection();
  await peer.handshake();
  peer.refuse();
  expect(await called(1)).toEqual(["failed: malformed, round"]);
  expect(dialer.lastError?.message).toContain("the server answered the handshake without a session");
});

it("the dialer attaches no session whose timeout has passed before the answer is read", async () => {
  for (const [stallMs, call] of [
    [3_999, "attached 5 at 1000"],
    [4_000, "failed: timeout, round"],
  ] as const) {
    const { dialer, inOrder, called, clock } = await dialing(1, resumed);
    dialer.dial();
    const peer = await inOrder[0]!.connection();
    await peer.handshake();
    clock.stall(stallMs);
    peer.accept({ sessionId: 5n, timeoutMs: 4_000 });
    expect(await called(1)).toEqual([call]);
    if (stallMs === 4_000) {
      const message = "the answer to the handshake was read after the session timeout (4000 ms)";
      expect(dialer.lastError?.message).toContain(message);
    }
  }
});

it("the dialer ends the connection and its pause when it hangs up, and reports neither", async () => {
  const { dialer, inOrder, called, calls, clock, hangUpAt } = await dialing(1);
  dialer.hangUp("CLOSED");
  dialer.dial();
  await hangUpAt(0);
  await called(1);
  expect(clock.pending).toBe(1);
  dialer.hangUp("CLOSED");
  expect(clock.pending).toBe(0);
  dialer.startOver();
  dialer.dial();
  const peer = await inOrder[0]!.connection();
  await peer.handshake();
  peer.accept({ sessionId: 5n, timeoutMs: TIMEOUT_MS });
  await called(2);
  dialer.hangUp("CLOSED");
  await peer.closed;
  expect([calls.slice(1), clock.pending]).toEqual([["attached 5 at 1000"], 0]);
});

it("the dialer reports that the connection of a session was lost, and dials only when it is asked to", async () => {
  const { dialer, inOrder, called, clock } = await dialing(2, resumed);
  dialer.dial();
  const peer = await inOrder[0]!.connection();
  await peer.handshake();
  peer.accept({ sessionId: 5n, timeoutMs: TIMEOUT_MS });
  await called(1);
  peer.hangUp();
  expect((await called(2)).slice(1)).toEqual(["lost: closed"]);
  expect([clock.pending, inOrder[1]!.connections]).toEqual([0, 0]);
  dialer.dial();
  await inOrder[1]!.connection();
});

it("the dialer stops if its owner hangs up during the report of a failed attempt", async () => {
  const { dialer, called, clock, during, hangUpAt, inOrder } = await dialing(2);
  during.failed = () => dialer.hangUp("CLOSED");
  dialer.dial();
  await hangUpAt(0);
  await called(1);
  expect([clock.pending, inOrder[1]!.connections]).toEqual([0, 0]);
});

it("the dialer makes one attempt at a time, although its owner dials again during the report of a failed one", async () => {
  const { dialer, called, clock, during, hangUpAt, inOrder } = await dialing(2);
  during.failed = () => {
    dialer.hangUp("CLOSED");
    dialer.dial();
  };
  dialer.dial();
  await hangUpAt(0);
  await called(1);
  // The limit of the new attempt.
  expect(clock.pending).toBe(1);
  await inOrder[1]!.connection();
});

it("the dialer pauses once, although its owner dials again during the report of the last failure of a round", async () => {
  const { dialer, called, clock, pauses, during, hangUpAt } = await dialing(1);
  during.failed = () => {
    dialer.hangUp("CLOSED");
    dialer.dial();
  };
  dialer.dial();
  await hangUpAt(0);
  await called(1);
  expect([clock.pending, pauses]).toEqual([1, [100]]);
});

it("the dialer says if it waits for a server or for the next attempt, and which servers there are", async () => {
  const { dialer, called, inOrder, hangUpAt } = await dialing(2);
  const [first, second] = inOrder.map(({ connectString }) => connectString);
  dialer.dial();
  expect(dialer.waitsFor).toBe(`a TCP connection to ${first}`);
  await hangUpAt(0);
  await hangUpAt(1);
  await called(2);
  expect(dialer.waitsFor).toBe(`the next attempt (servers: ${first}, ${second})`);
});

it("the dialer counts a connection that is lost at once as one more failure after those before it", async () => {
  const { dialer, inOrder, called, clock, pauses, hangUpAt } = await dialing(1, resumed);
  dialer.dial();
  for (const [index, pauseMs] of [100, 200].entries()) {
    await hangUpAt(0);
    await called(index + 1);
    clock.advance(pauseMs);
  }
  const peer = await inOrder[0]!.connection();
  await peer.handshake();
  peer.accept({ sessionId: 5n, timeoutMs: TIMEOUT_MS });
  await called(3);
  peer.hangUp();
  await called(4);
  dialer.dial();
  expect(pauses).toEqual([100, 200, 400]);
});

it("the dialer logs the error of a failed attempt", async () => {
  const logged: unknown[] = [];
  const logger = { ...silentLogger, warn: (_message: string, fields?: object) => void logged.push(fields) };
  const { dialer, called, hangUpAt } = await dialing(1, noSession(TIMEOUT_MS), logger);
  dialer.dial();
  await hangUpAt(0);
  await called(1);
  expect(logged).toEqual([{ error: dialer.lastError }]);
});
