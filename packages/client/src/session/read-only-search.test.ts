import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, expect, it } from "vitest";
import { ManualClock } from "../../test-support/manual-clock.js";
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

it("a stopped search asks no further server and connects to none", async () => {
  const silent = await serve(undefined);
  const readOnly = await serve("ro");
  const clock = new ManualClock();
  const link = new ReadOnlyLink(resolveOptions({ clock }), {
    opened: () => {},
    closed: () => {},
    replies: { notified: () => {}, answered: () => {}, isOverdue: () => false, compareClock: () => {} },
  });
  const asked = once(silent.server, "connection");
  const search = link.seek([silent.address, readOnly.address]);
  await asked;
  link.stop("CONNECTION_LOSS");
  await search;
  expect(readOnly.arrived).toEqual([]);
  expect(link.connection).toBe(undefined);
  expect(clock.pending).toBe(0);
});
