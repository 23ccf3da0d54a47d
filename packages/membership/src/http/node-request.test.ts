import { once } from "node:events";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { NodeRequest } from "./node-request.js";
import { writeResponse } from "./write-response.js";

/** Sends a request to a server, and returns both sides of it. */
async function exchange(): Promise<{
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly informed: number[];
  readonly received: Promise<IncomingMessage>;
}> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const arrived = once(server, "request");
  const sent = get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
  const informed: number[] = [];
  sent.on("information", ({ statusCode }) => informed.push(statusCode));
  const received = once(sent, "response").then(([each]: IncomingMessage[]) => each!);
  const [incoming, response] = (await arrived) as [IncomingMessage, ServerResponse];
  return { incoming, response, informed, received };
}

describe("a request of node:http", () => {
  it("is answered when its response has ended, also for a caller that asks later", async () => {
    const { incoming, response, received } = await exchange();
    const request = new NodeRequest(incoming, response, "/x");
    let isAnswered = false;
    const answered = request.answered().then(() => {
      isAnswered = true;
    });
    response.write("x");
    expect(isAnswered).toBe(false);
    response.end();
    await text(await received);
    await answered;
    await request.answered();
    expect(request.signal.aborted).toBe(false);
    await once(request.signal, "abort");
  });

  it("sends interim responses until the response has begun, and none after that", async () => {
    const { incoming, response, informed, received } = await exchange();
    const request = new NodeRequest(incoming, response, "/x");
    request.inform(102, {});
    request.inform(103, { link: "</page.css>; rel=preload" });
    request.inform(104, {});
    response.flushHeaders();
    request.inform(102, {});
    response.end("x");
    expect(await text(await received)).toBe("x");
    expect(informed).toEqual([102, 103]);
  });
});

describe("writing a response", () => {
  it("sends the headers before the first byte of the body", async () => {
    const { response, received } = await exchange();
    let end = (): void => {};
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        end = () => {
          controller.enqueue(new TextEncoder().encode("late"));
          controller.close();
        };
      },
    });
    const written = writeResponse(response, new Response(body, { status: 202, headers: { "x-kept": "1" } }));
    const head = await received;
    expect([head.statusCode, head.headers["x-kept"]]).toEqual([202, "1"]);
    end();
    expect(await text(head)).toBe("late");
    await written;
  });
});
