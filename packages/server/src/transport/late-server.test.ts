import { ErrorCode, exists, ping } from "@conclave/protocol";
import { afterEach, expect, it } from "vitest";
import { StalledClock } from "../../test-support/wire/stalled-clock.js";
import { connectFrame, Wire } from "../../test-support/wire/wire.js";
import { startServer, type ZooKeeperServer } from "../server.js";

let server: ZooKeeperServer | undefined;
const wires: Wire[] = [];
afterEach(async () => {
  for (const wire of wires.splice(0)) wire.destroy();
  await server?.close();
});

it("a server that stalled reads what arrived before it expires sessions", async () => {
  const clock = new StalledClock();
  server = await startServer({ tickTimeMs: 1000, clock });
  const open = (): Wire => {
    const wire = new Wire(server!.port);
    wires.push(wire);
    return wire;
  };
  const [alive, silent, lost] = [open(), open(), open()];
  for (const wire of [alive, silent]) await wire.connect({ timeoutMs: 4000 });
  const session = await lost.connect({ timeoutMs: 4000 });
  lost.destroy();
  // Connected in TCP already, as a client is that comes back while the server is stopped.
  const back = open();
  await back.isConnected;
  alive.send(ping, undefined, -2);
  back.raw(connectFrame(session));
  clock.pass(5000);
  expect(await alive.reply()).toMatchObject({ xid: -2 });
  await silent.closed;
  expect(await alive.call(exists, { path: "/", watch: false })).toMatchObject({ err: ErrorCode.OK });
  await back.frame();
  expect(await back.call(exists, { path: "/", watch: false })).toMatchObject({ err: ErrorCode.OK });
});
