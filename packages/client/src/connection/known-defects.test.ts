/*
 * Defects and wishes from the issue trackers of other clients (alexguan/node-zookeeper-client, yfinkelstein/node-zookeeper,
 * python-zk/kazoo, go-zookeeper/zk), each as a test.
 */
import dns from "node:dns";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { OpCode, sasl } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { expect, it } from "vitest";
import { firstFailure } from "../../test-support/first-failure.js";
import { connectForLong } from "../../test-support/long-session.js";
import { createReply } from "../../test-support/sample-replies.js";
import { startScriptedServer } from "../../test-support/scripted-server.js";
import { startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";
import { makeTestCertificates } from "../../test-support/test-certificates.js";
import { connect } from "../index.js";

it("half a frame before a reconnect does not garble the next connection (node-zookeeper-client#39)", async () => {
  const { session, zk, peer } = await startSession();
  peer.raw(Uint8Array.of(0, 0, 1, 0, 9, 9));
  await session.lose(peer);
  const next = await session.next();
  await next.handshake();
  next.accept({ timeoutMs: TIMEOUT_MS });
  const call = zk.create("/a");
  next.reply((await next.request()).xid, createReply("/a"));
  expect(await call).toBe("/a");
});

it("a half-open connection is detected and ended (node-zookeeper-client#38)", async () => {
  const { session, zk, peer, clock } = await startSession();
  const rejected = expect(zk.getData("/a")).rejects.toMatchObject({
    code: "CONNECTION_LOSS",
    cause: { reason: "silent" },
  });
  await peer.request();
  for (let i = 0; i < 8 && zk.state === "connected"; i++) {
    clock.advance(TIMEOUT_MS / 12);
    await new Promise((resolve) => setImmediate(resolve));
  }
  clock.advance(TIMEOUT_MS / 12);
  await session.reached("suspended");
  await rejected;
});

it("connect rejects after its timeout, with the reason (node-zookeeper-client#69, #71, node-zookeeper#55, #127)", async () => {
  const server = await startScriptedServer();
  const { connectString } = server;
  await server.close();
  const clock = new TestClock();
  let attemptFailed = (): void => {};
  const failed = new Promise<void>((resolve) => {
    attemptFailed = resolve;
  });
  const logger = { ...silentLogger, warn: () => attemptFailed() };
  const rejected = expect(connect(connectString, { clock, logger, connectTimeoutMs: 500 })).rejects.toMatchObject({
    code: "OPERATION_TIMEOUT",
    cause: { reason: "unreachable" },
  });
  await failed;
  clock.advance(500);
  await rejected;
});

it("a server that accepts connections and never answers is left for another (node-zookeeper-client#61)", async () => {
  const server = await startScriptedServer();
  const clock = new TestClock();
  const controller = new AbortController();
  const connecting = connect(server.connectString, {
    clock,
    sessionTimeoutMs: TIMEOUT_MS,
    signal: controller.signal,
  });
  const silent = await server.connection();
  await silent.handshake();
  clock.advance(TIMEOUT_MS / 3);
  await silent.closed;
  controller.abort();
  await expect(connecting).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied" });
});

it("a session is established over TLS with a client certificate (node-zookeeper-client#40, #97)", async () => {
  const certificates = await makeTestCertificates();
  const server = await startScriptedServer();
  const tls = createTlsServer({ ...certificates.server, ca: certificates.ca, requestCert: true }, (client) => {
    const upstream = connectTcp(Number(server.connectString.split(":")[1]), "127.0.0.1");
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  tls.listen(0, "127.0.0.1");
  await once(tls, "listening");
  const connecting = connectForLong(`127.0.0.1:${(tls.address() as AddressInfo).port}`, {
    tls: { ca: certificates.ca, ...certificates.client },
  });
  const peer = await server.connection();
  await peer.handshake();
  peer.accept();
  const zk = await connecting;
  peer.hangUp();
  await zk.close();
  tls.close();
});

it("SASL precedes all requests, with any mechanism (node-zookeeper-client#49, #76, node-zookeeper#128, #355)", async () => {
  const server = await startScriptedServer();
  const mechanism = () => ({
    start: () => Buffer.from("hello"),
    answer: (token: Uint8Array) => (Buffer.from(token).equals(Buffer.from("who?")) ? Buffer.from("me") : undefined),
  });
  const connecting = connectForLong(server.connectString, {
    sasl: mechanism,
    auth: [{ scheme: "digest", auth: "a:b" }],
  });
  const peer = await server.connection();
  await peer.handshake();
  peer.accept();
  for (const [said, answer] of [
    ["hello", "who?"],
    ["me", "welcome"],
  ] as const) {
    const { xid, type, body } = await peer.request();
    expect([type, Buffer.from(sasl.readRequest(body).token ?? []).toString()]).toEqual([OpCode.sasl, said]);
    expect(peer.unread).toBe(0);
    peer.reply(xid, { zxid: 0n, write: (out) => sasl.writeResponse(out, { token: Buffer.from(answer) }) });
  }
  const credentials = await peer.request();
  expect(credentials.type).toBe(OpCode.auth);
  peer.reply(credentials.xid, { zxid: 0n });
  const zk = await connecting;
  peer.hangUp();
  await zk.close();
});

it("the package has no native code and no install script (node-zookeeper#7, #8, #89, #113, #114, #115, #323)", async () => {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const { dependencies, scripts, gypfile } = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
  expect(Object.keys(dependencies ?? {})).toEqual(["@conclave/protocol", "@conclave/runtime"]);
  expect([Object.keys(scripts ?? {}).filter((name) => name.includes("install")), gypfile]).toEqual([[], undefined]);
});

it("reconnects leak neither sockets nor timers (zookeeper-cluster-client#13)", async () => {
  const { session, zk, peer, clock } = await startSession();
  const timers = clock.pending;
  let last = peer;
  for (let i = 0; i < 20; i++) {
    await session.lose(last);
    last = await session.next();
    await last.handshake();
    last.accept({ timeoutMs: TIMEOUT_MS });
    await session.reached("connected");
  }
  expect([clock.pending, session.server.connections, zk.state]).toEqual([timers, 21, "connected"]);
});

it("a name is resolved again for each attempt to connect (go-zookeeper#156, kazoo#794)", async () => {
  const server = await startScriptedServer();
  const { lookup } = dns;
  let lookups = 0;
  const counting = (...args: Parameters<typeof lookup>) => {
    lookups += 1;
    return lookup(...args);
  };
  dns.lookup = counting as typeof lookup;
  syncBuiltinESMExports();
  try {
    const connecting = connectForLong(server.connectString.replace("127.0.0.1", "localhost"));
    (await server.connection()).hangUp();
    const peer = await server.connection();
    await peer.handshake();
    peer.accept();
    const zk = await connecting;
    expect(lookups).toBeGreaterThanOrEqual(2);
    peer.hangUp();
    await zk.close();
  } finally {
    dns.lookup = lookup;
    syncBuiltinESMExports();
  }
});

it("an IPv6 literal in the connect string is an address, and is not resolved as a name", async () => {
  expect(await firstFailure("[::1]:1")).toMatchObject({
    server: "[::1]:1",
    reason: "unreachable",
    message: expect.not.stringContaining("ENOTFOUND"),
  });
});
