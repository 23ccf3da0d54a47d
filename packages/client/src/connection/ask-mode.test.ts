import type { Socket } from "node:net";
import { seededRandom } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { expect, it } from "vitest";
import { startWordServer } from "../../test-support/word-server.js";
import { askMode } from "./ask-mode.js";

/** Asks a server that answers as `serve` does. */
const asking = async (serve: (socket: Socket) => unknown) => {
  const server = await startWordServer(serve);
  const clock = new TestClock();
  const options = { timeoutMs: 500, tls: undefined, clock, random: seededRandom(1) };
  return { clock, ...server, ...askMode({ host: "127.0.0.1", port: server.port }, options) };
};

it.each(["ro", "rw"])("a server that answers isro with %s has that mode", async (answer) => {
  const { answer: mode, received, closed, clock } = await asking((socket) => socket.write(answer));
  expect(await mode).toBe(answer);
  expect([received, clock.pending]).toEqual([["isro"], 0]);
  // The client closes the connection, although the server keeps it open.
  await closed[0];
});

it("the answer may arrive in parts", async () => {
  const { answer: mode } = await asking(async (socket) => {
    socket.write("r");
    // The client reads the first part meanwhile.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    socket.end("o");
  });
  expect(await mode).toBe("ro");
});

it.each(["imok", "r", "roo", ""])("a server that answers with %j has no known mode", async (answer) => {
  const { answer: mode, clock } = await asking((socket) => socket.end(answer));
  expect([await mode, clock.pending]).toEqual([undefined, 0]);
});

it("a server that closes the connection without an answer has no known mode", async () => {
  const { answer: mode } = await asking((socket) => socket.destroy());
  expect(await mode).toBe(undefined);
});

it("a server that cannot be reached has no known mode", async () => {
  const clock = new TestClock();
  const options = { timeoutMs: 500, tls: undefined, clock, random: seededRandom(1) };
  expect(await askMode({ host: "127.0.0.1", port: 1 }, options).answer).toBe(undefined);
  expect(clock.pending).toBe(0);
});

it("a server that does not answer in time has no known mode, and is left", async () => {
  const { answer: mode, clock, connected, closed } = await asking(() => {});
  await connected;
  let isSettled = false;
  void mode.then(() => {
    isSettled = true;
  });
  clock.advance(499);
  await new Promise((resolve) => setImmediate(resolve));
  expect(isSettled).toBe(false);
  clock.advance(1);
  expect(await mode).toBe(undefined);
  await closed[0];
});

it("an aborted question has no answer, and leaves neither a timer nor a connection", async () => {
  const { answer: mode, abort, clock, connected, closed } = await asking(() => {});
  await connected;
  abort();
  expect([await mode, clock.pending]).toEqual([undefined, 0]);
  await closed[0];
});
