import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { seededRandom } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { expect, it, onTestFinished } from "vitest";
import { makeTestCertificates } from "../../test-support/test-certificates.js";
import { startWordServer } from "../../test-support/word-server.js";
import { askVersion, knowsMultiRead } from "./ask-version.js";

const random = seededRandom(1);

/** Asks a server that answers as `serve` does. */
const asking = async (serve: (socket: Socket) => unknown) => {
  const server = await startWordServer(serve);
  const clock = new TestClock();
  // No such name exists: the address is used.
  const host = "server.invalid";
  const options = { timeoutMs: 500, tls: undefined, clock, random, address: "127.0.0.1" };
  return { clock, ...server, ...askVersion({ host, port: server.port }, options) };
};

const rest = "\nLatency min/avg/max: 0/0.0/0\nReceived: 1\nMode: standalone\n";

it.each<[string, readonly [number, number], boolean]>([
  ["3.4.6-1569965, built on 02/20/2014 09:09 GMT", [3, 4], false],
  ["3.5.9-83df9301aa5c2a5d284a9940177808c01bc35cef, built on 01/06/2021 20:03 GMT", [3, 5], false],
  ["3.6.0--1, built on 02/25/2020 14:38 GMT", [3, 6], true],
  ["3.8.0-1, built on 2022-12-01 00:00 UTC", [3, 8], true],
  ["3.10.1-abc, built on 2027-01-01 00:00 UTC", [3, 10], true],
  ["3.9.5-conclave-0.1.0, built on 2026-11-22", [3, 9], true],
  ["4.0.0-abc", [4, 0], true],
  ["2.9.0-abc", [2, 9], false],
])("a server that answers srvr with the version %s has that version", async (line, [major, minor], knows) => {
  const { answer, received, clock } = await asking((socket) => socket.write(`Zookeeper version: ${line}${rest}`));
  const version = await answer;
  expect([version, received, clock.pending]).toEqual([{ major, minor }, ["srvr"], 0]);
  expect(knowsMultiRead(version!)).toBe(knows);
});

it.each([
  "srvr is not executed because it is not in the whitelist.\n",
  "This ZooKeeper instance is not currently serving requests\n",
  "ClickHouse Keeper version: v23.8.2.7-stable\nLatency min/avg/max: 0/0/0\n",
  "Zookeeper version: unknown\n",
  "Zookeeper version: 3\n",
  "HTTP/1.1 400 Bad Request\r\n\r\n",
  "x".repeat(10_000),
  "",
])("a server that answers srvr with %j has no known version", async (text) => {
  const { answer, clock } = await asking((socket) => socket.end(text));
  expect([await answer, clock.pending]).toEqual([undefined, 0]);
});

it("a server that sends a long answer without an end is left", async () => {
  const { answer, clock, connected, closed } = await asking((socket) =>
    socket.write("Zookeeper version: 3.8.0 ".repeat(200)),
  );
  await connected;
  expect(await answer).toEqual({ major: 3, minor: 8 });
  expect(clock.pending).toBe(0);
  await closed[0];
});

it("a server that does not answer in time has no known version, and is left", async () => {
  const { answer, clock, connected, closed } = await asking(() => {});
  await connected;
  clock.advance(500);
  expect(await answer).toBe(undefined);
  await closed[0];
});

it("an aborted question has no answer, and leaves neither a timer nor a connection", async () => {
  const { answer, abort, clock, connected, closed } = await asking(() => {});
  await connected;
  abort();
  expect([await answer, clock.pending]).toEqual([undefined, 0]);
  await closed[0];
});

it("a server with TLS is asked over TLS, and its certificate is checked for its name, not for its address", async () => {
  const { ca, server: certificate, elsewhere } = await makeTestCertificates();
  const ask = async (own: typeof certificate, host: string) => {
    const server = createTlsServer(own, (socket) => {
      socket.on("error", () => {});
      socket.once("data", (bytes) => socket.end(`Zookeeper version: 3.8.0-${bytes}${rest}`));
    });
    server.on("tlsClientError", () => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const options = { timeoutMs: 60_000, tls: { ca }, clock: new TestClock(), random, address: "127.0.0.1" };
    return askVersion({ host, port }, options).answer;
  };
  expect(await ask(certificate, "localhost")).toEqual({ major: 3, minor: 8 });
  expect(await ask(elsewhere, "localhost")).toBe(undefined);
});
