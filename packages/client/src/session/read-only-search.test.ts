import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { TestClock } from "@conclave/runtime/testing";
import { afterEach, expect, it } from "vitest";
import { startReadOnlyServer } from "../../test-support/read-only-server.js";
import { resolveOptions } from "../options/resolve-options.js";
import { ReadOnlyLink } from "./read-only-link.js";

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** A server that answers `isro` with `answer`, or not at all. */
const serve = async (answer: string | undefined) => {
  const arrived: unknown[] = [];
  const server = createServer((socket) => {
    arrived.push(socket);
    socket.on("error", () => {});
    if (answer !== undefined) socket.end(answer);
  });
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, arrived, address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port } };
};

const SESSION_MS = 9_000;
/** A link that records the calls of its listener. */
const linked = () => {
  const clock = new TestClock();
  const calls: string[] = [];
  let opened = (): void => {};
  const isOpen = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const link = new ReadOnlyLink(resolveOptions({ clock, sessionTimeoutMs: SESSION_MS }), {
    opened: () => {
      calls.push("opened");
      opened();
    },
    closed: () => void calls.push("closed"),
    replies: { notified: () => {}, answered: () => {}, isOverdue: () => false, compareClock: () => {} },
  });
  return { clock, link, calls, isOpen };
};
/** Starts a server without an ensemble; returns also its address. */
const startReadOnly = async () => {
  const server = await startReadOnlyServer();
  return { server, address: { host: "127.0.0.1", port: Number(server.connectString.split(":")[1]) } };
};

it("a stopped search asks no further server and connects to none", async () => {
  const silent = await serve(undefined);
  const readOnly = await serve("ro");
  const { clock, link, calls } = linked();
  const asked = once(silent.server, "connection");
  const search = link.seek([silent.address, readOnly.address]);
  await asked;
  link.stop("CONNECTION_LOSS");
  await search;
  expect([readOnly.arrived, calls]).toEqual([[], []]);
  expect(link.connection).toBe(undefined);
  expect(clock.pending).toBe(0);
});

it("a stopped search does not continue in place of the next one", async () => {
  const silent = await serve(undefined);
  const readOnly = await serve("ro");
  const { link } = linked();
  const first = link.seek([silent.address, readOnly.address]);
  link.stop("CONNECTION_LOSS");
  void link.seek([silent.address]);
  await first;
  expect([readOnly.arrived, link.connection]).toEqual([[], undefined]);
  link.stop("CLOSED");
});

it("a search asks no server twice at the same time", async () => {
  const silent = await serve(undefined);
  const { clock, link } = linked();
  void link.seek([silent.address]);
  void link.seek([silent.address]);
  expect(clock.pending).toBe(1);
  link.stop("CLOSED");
});

it("a search passes over servers that are not read-only, and may be repeated", async () => {
  const [readWrite, other] = [await serve("rw"), await serve("imok")];
  const { clock, link, calls } = linked();
  for (let search = 0; search < 2; search++) await link.seek([readWrite.address, other.address]);
  expect([readWrite.arrived.length, other.arrived.length, calls, clock.pending]).toEqual([2, 2, [], 0]);
});

it("a read-only server may take a third of the session timeout for the handshake, although there are others", async () => {
  const { server, address } = await startReadOnly();
  const { clock, link, calls, isOpen } = linked();
  await link.seek([address, address]);
  const { peer } = await server.greeted();
  expect(link.connection).toBe(undefined);
  clock.advance(SESSION_MS / 3 - 1);
  peer.accept({ readOnly: true });
  await isOpen;
  expect(link.connection?.server).toBe(server.connectString);
  link.stop("CLOSED");
  expect([calls, link.connection, clock.pending]).toEqual([["opened", "closed"], undefined, 0]);
});

it.each([
  ["has joined its ensemble again", { readOnly: false }],
  ["does not grant a session", { readOnly: true, timeoutMs: 0 }],
])("a server that %s is left, and may be tried again", async (_name, answer) => {
  const { server, address } = await startReadOnly();
  const { clock, link, calls, isOpen } = linked();
  await link.seek([address]);
  const first = await server.greeted();
  first.peer.accept(answer);
  await first.peer.closed;
  expect([link.connection, calls, clock.pending]).toEqual([undefined, [], 0]);
  await link.seek([address]);
  const second = await server.greeted();
  second.peer.accept({ readOnly: true });
  await isOpen;
  link.stop("CLOSED");
});
