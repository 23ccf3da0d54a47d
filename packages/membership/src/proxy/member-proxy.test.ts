import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { silentLogger, systemClock } from "@conclave/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { NodeRequest } from "../http/node-request.js";
import { writeResponse } from "../http/write-response.js";
import type { ClusterMember } from "../members/cluster.js";
import { MemberProxy } from "./member-proxy.js";

const urlOf = (server: { address(): unknown }): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const serve = async (listener: RequestListener): Promise<Server> => {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
};

/** A member in front of `to`; `before` may read the request. */
const front = async (
  to: string,
  timeoutMs = 60_000,
  before: (request: IncomingMessage) => Promise<unknown> = async () => {},
): Promise<string> => {
  const settings = { timeoutMs, tls: {}, trustProxy: () => false, clock: systemClock, logger: silentLogger };
  const proxy = new MemberProxy(settings);
  onTestFinished(() => proxy.close());
  return urlOf(
    await serve(async (incoming, response) => {
      await before(incoming);
      const node = new NodeRequest(incoming, response, incoming.url ?? "/");
      try {
        const answer = await proxy.forward(node, node.target, { ...MEMBER, url: to }, 1);
        await writeResponse(response, answer);
      } catch (error) {
        response.writeHead(500).end((error as Error).message);
      }
    }),
  );
};

const MEMBER: Omit<ClusterMember, "url"> = { id: "one", status: "up", leadsWith: undefined, metadata: {} };

describe("a proxy to another member", () => {
  it("passes end-to-end headers on in both directions, and adds via, x-forwarded and x-cluster-hops", async () => {
    const back = await serve((incoming, response) => {
      response.setHeader("connection", "x-secret, keep-alive");
      response.setHeader("x-secret", "1");
      response.setHeader("x-kept", "2");
      response.end(JSON.stringify(incoming.headers));
    });
    const url = await front(urlOf(back));
    const sent = request(`${url}/a?b`, {
      headers: {
        connection: "x-hop",
        "x-hop": "1",
        te: "trailers",
        "x-kept": "ü",
        via: "1.0 edge",
        cookie: "a=1; b=2",
      },
    }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const got = JSON.parse(await text(answer)) as Record<string, string>;
    expect(got).toMatchObject({
      "x-kept": "ü",
      cookie: "a=1; b=2",
      via: "1.0 edge, 1.1 conclave",
      "x-forwarded-host": new URL(url).host,
      host: new URL(urlOf(back)).host,
      "x-cluster-hops": "1",
    });
    expect([got["x-hop"], got.te, answer.headers["x-secret"], answer.headers["x-kept"]]).toEqual([
      undefined,
      undefined,
      undefined,
      "2",
    ]);
  });

  it("passes a compressed response back byte for byte", async () => {
    const zipped = gzipSync("hello ".repeat(10_000));
    const back = await serve((_incoming, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": zipped.length }).end(zipped);
    });
    const sent = request(await front(urlOf(back)), { headers: { "accept-encoding": "gzip" } }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    expect(answer.headers).toMatchObject({ "content-encoding": "gzip", "content-length": String(zipped.length) });
    expect(zipped.equals(await buffer(answer))).toBe(true);
  });

  it.each([204, 304, 404, 500])("passes a response with status %i back, for GET and HEAD", async (status) => {
    const back = await serve((_incoming, response) => void response.writeHead(status, { "x-kept": "1" }).end());
    const url = await front(urlOf(back));
    for (const method of ["GET", "HEAD"]) {
      const answer = await fetch(url, { method });
      expect([answer.status, answer.headers.get("x-kept"), await answer.text()]).toEqual([status, "1", ""]);
    }
  });

  it("rejects a request whose body was read before, and names the remedy; a request without a body passes", async () => {
    const back = await serve((_incoming, response) => void response.end());
    const url = await front(urlOf(back), 60_000, (incoming) => text(incoming));
    const refused = await fetch(url, { method: "POST", body: "x" });
    expect([refused.status, await refused.text()]).toEqual([
      500,
      expect.stringContaining("put the guard in front of the middleware that parses it"),
    ]);
    expect((await fetch(url)).status).toBe(200);
  });

  it("responds with 504 when the member does not answer in time, and with 502 when it closes the connection", async () => {
    const events = new EventEmitter();
    const ended = once(events, "ended");
    const silent = await serve((_incoming, response) => void response.once("close", () => events.emit("ended")));
    const late = await fetch(await front(urlOf(silent), 50));
    expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([504, "TIMEOUT"]);
    // The member need not finish a request whose client has its answer.
    await ended;
    const rude = createTcpServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(rude, "listening");
    onTestFinished(() => void rude.close());
    const cut = await fetch(await front(urlOf(rude)), { method: "POST", body: "x" });
    expect([cut.status, ((await cut.json()) as { code: string }).code]).toEqual([502, "UNREACHABLE"]);
  });

  it("breaks the response off when the member's response breaks off", async () => {
    const back = await serve((_incoming, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setImmediate(() => response.destroy());
    });
    const answer = await fetch(await front(urlOf(back)));
    await expect(answer.text()).rejects.toThrow();
  });

  it("ends the request at the member when the client disconnects", async () => {
    const events = new EventEmitter();
    const [reached, gone] = [once(events, "reached"), once(events, "gone")];
    const back = await serve((_incoming, response) => {
      response.once("close", () => events.emit("gone"));
      events.emit("reached");
    });
    const stop = new AbortController();
    const answer = fetch(await front(urlOf(back)), { signal: stop.signal });
    await reached;
    stop.abort();
    await expect(answer).rejects.toThrow();
    await gone;
  });
});
