import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type Clock, systemClock } from "@conclave/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { closeServer } from "./close-server.js";

const TIMEOUT_MS = 1_000_000;

/** Starts a server that keeps connections alive, and sends a request to it. */
async function start(
  listener: RequestListener,
): Promise<{ readonly server: Server; readonly response: IncomingMessage }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  server.keepAliveTimeout = 0;
  await once(server, "listening");
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => {
    agent.destroy();
    server.closeAllConnections();
  });
  const request = get(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { agent });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { server, response };
}

describe("closing a server", () => {
  it("waits for a running response, and closes its connection, which would be kept alive", async () => {
    let end = (): void => {};
    const { server, response } = await start((_request, answer) => {
      answer.writeHead(200).flushHeaders();
      end = () => void answer.end("done");
    });
    const closed = closeServer(server, TIMEOUT_MS, systemClock);
    end();
    expect(await text(response)).toBe("done");
    await closed;
  });

  it("cuts running requests after the timeout, and sets no timer afterwards", async () => {
    const timers = new Map<() => void, number>();
    const clock: Clock = {
      ...systemClock,
      setTimer: (delayMs, callback) => {
        timers.set(callback, delayMs);
        return { cancel: () => void timers.delete(callback) };
      },
    };
    const { server, response } = await start((_request, answer) => answer.writeHead(200).flushHeaders());
    const closed = closeServer(server, TIMEOUT_MS, clock);
    const body = text(response);
    const [deadline] = [...timers].find(([, delayMs]) => delayMs === TIMEOUT_MS)!;
    deadline();
    await expect(body).rejects.toThrow("aborted");
    await closed;
    expect(timers.size).toBe(0);
  });

  it("resolves for a server that does not listen", async () => {
    await closeServer(createServer(), TIMEOUT_MS, systemClock);
  });
});
