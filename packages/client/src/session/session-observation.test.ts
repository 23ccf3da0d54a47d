import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { ErrorCode } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { expect, it, onTestFinished } from "vitest";
import { startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";
import { ChannelName } from "../observe/channels.js";

/** Logger that records the messages of one level with their fields. */
const recording = (level: "info" | "warn") => {
  const logged: unknown[] = [];
  return {
    logged,
    logger: {
      ...silentLogger,
      [level]: (message: string, fields?: object) => void logged.push({ message, ...fields }),
    },
  };
};

it("each change of the state is logged with the state before, the session and the server", async () => {
  const { logged, logger } = recording("info");
  const { session, peer } = await startSession({ logger, newSessionAfterExpiry: false });
  await session.lose(peer);
  const second = await session.next();
  await second.handshake();
  second.refuse();
  await session.reached("expired");
  const server = session.server.connectString;
  expect(logged).toEqual([
    { message: "zookeeper: connected", previous: "connecting", sessionId: "0x77", server },
    { message: "zookeeper: suspended", previous: "connected", sessionId: "0x77", server: undefined },
    { message: "zookeeper: expired", previous: "suspended", sessionId: "0x0", server: undefined },
  ]);
});

it("a lost connection is logged with its error", async () => {
  const { logged, logger } = recording("warn");
  const { session, peer } = await startSession({ logger });
  await session.lose(peer);
  const { connectString: server } = session.server;
  const message = "zookeeper: connection lost";
  expect(logged).toMatchObject([{ message, error: { name: "ConnectionError", reason: "closed", server } }]);
});

it("each change of the state is published on the diagnostics channel", async () => {
  const published: unknown[] = [];
  const onMessage = (message: unknown): void => void published.push(message);
  const { session, peer } = await startSession({}, "/app");
  subscribe(ChannelName.STATE, onMessage);
  onTestFinished(() => void unsubscribe(ChannelName.STATE, onMessage));
  await session.lose(peer);
  const next = await session.next();
  await next.handshake();
  next.accept({ timeoutMs: TIMEOUT_MS });
  await session.reached("connected");
  expect(published).toEqual([
    { state: "suspended", previous: "connected", sessionId: 0x77n, chroot: "/app" },
    { state: "connected", previous: "suspended", sessionId: 0x77n, chroot: "/app" },
  ]);
});

it("a server that refuses the watches is left with the reason, and with its answer as the cause", async () => {
  const { logged, logger } = recording("warn");
  const { session, zk, peer } = await startSession({ logger });
  const absent = zk.exists("/absent", { watch: () => {} });
  peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE });
  await absent;
  await session.lose(peer);
  const second = await session.next();
  await second.handshake();
  second.accept({ timeoutMs: TIMEOUT_MS });
  second.reply((await second.request()).xid, { errno: ErrorCode.SYSTEM_ERROR });
  await second.closed;
  const message = expect.stringContaining("the server refused the session's watches");
  expect(logged.at(-1)).toMatchObject({ error: { reason: "refused", message, cause: { code: "SYSTEM_ERROR" } } });
});
