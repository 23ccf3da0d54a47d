import { create } from "@conclave/protocol";
import { afterEach, expect, it, vi } from "vitest";
import { connectForLong } from "../test-support/long-session.js";
import { startScriptedServer } from "../test-support/scripted-server.js";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

// Jest replaces the globals of its sandbox and gives it a `process` of its own; Node.js' own modules keep the real ones.
it("a client connects and works under fake timers that replace nextTick and queueMicrotask, as Jest's do", async () => {
  const server = await startScriptedServer();
  const arrived = server.connection();
  vi.stubGlobal("process", { ...process, nextTick: () => {} });
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "setInterval", "queueMicrotask", "performance", "Date"],
  });

  const connecting = connectForLong(server.connectString);
  const peer = await arrived;
  await peer.handshake();
  peer.accept();
  const zk = await connecting;
  const events: string[] = [];
  const absent = zk.exists("/a", { watch: ({ type }) => events.push(type) });
  peer.reply((await peer.request()).xid, { errno: -101 });
  expect(await absent).toBe(null);
  const made = zk.create("/a");
  const { xid } = await peer.request();
  peer.atOnce(() => {
    peer.notify(1, "/a");
    peer.reply(xid, { write: (out) => create.writeResponse(out, { path: "/a" }) });
  });
  expect(await made).toBe("/a");
  expect(events).toEqual(["nodeCreated"]);
  const closing = zk.close();
  peer.reply((await peer.request()).xid);
  await closing;
});
