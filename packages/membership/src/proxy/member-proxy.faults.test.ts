import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  connect as connectHttp2,
  constants,
  createServer as createHttp2Server,
  type Http2ServerRequest,
} from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { silentLogger, systemClock } from "@conclave/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { FetchRequest } from "../http/fetch-request.js";
import { NodeRequest } from "../http/node-request.js";
import { writeResponse } from "../http/write-response.js";
import type { ClusterMember } from "../members/cluster.js";
import { MemberProxy } from "./member-proxy.js";

const listen = async (server: Server): Promise<string> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const memberAt = (url: string): ClusterMember => ({ id: "one", url, status: "up", leadsWith: undefined, metadata: {} });

const proxyOf = (): MemberProxy => {
  const settings = { timeoutMs: 60_000, tls: {}, trustProxy: () => false, clock: systemClock, logger: silentLogger };
  const proxy = new MemberProxy(settings);
  onTestFinished(() => proxy.close());
  return proxy;
};

/** A member that sends bytes as they are, for every request. */
const rawMember = (answer: (socket: Socket) => void): Promise<string> =>
  listen(
    createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => answer(socket));
    }),
  );

const get = (): FetchRequest => new FetchRequest(new Request("http://a.example/x"), Promise.resolve());

describe("a proxy to a member that violates HTTP", () => {
  it.each([
    [
      "a transfer coding that was not asked for",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
    ["a length and chunks", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
    [
      "an upgrade that was not asked for",
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    ],
    ["a status that none can have", "HTTP/1.1 999 Hm\r\ncontent-length: 0\r\n\r\n"],
  ])("responds with 502 to %s", async (_name, bytes) => {
    const url = await rawMember((socket) => socket.write(bytes));
    expect((await proxyOf().forward(get(), "/x", memberAt(url), 1)).status).toBe(502);
  });

  it("reads the response of a member that resets the connection while the request is written", async () => {
    const url = await rawMember((socket) => {
      socket.write("HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 9\r\n\r\ntoo large", () =>
        socket.resetAndDestroy(),
      );
    });
    const proxy = proxyOf();
    const front = await listen(
      createServer(async (request, response) => {
        await writeResponse(
          response,
          await proxy.forward(new NodeRequest(request, response, "/x"), "/x", memberAt(url), 1),
        );
      }),
    );
    // Bodies that fit into one write, and bodies that need many.
    for (const size of [10, 100_000, 1_000_000, 10, 100_000, 1_000_000]) {
      const answer = await fetch(front, { method: "POST", body: "x".repeat(size) });
      expect([size, answer.status, await answer.text()]).toEqual([size, 413, "too large"]);
    }
  });
});

describe("a proxy for Fetch and HTTP/2 requests", () => {
  /** A member that answers with what it got. */
  const echo = (): Promise<string> =>
    listen(
      createServer(async (request, response) => {
        const { "content-length": length, "transfer-encoding": coding, via } = request.headers;
        response.end(JSON.stringify({ length, coding, via, body: await text(request) }));
      }),
    );

  it("sends no content-length for a Fetch request without a body", async () => {
    const headers = { "content-length": "5" };
    const request = new FetchRequest(new Request("http://a.example/x", { headers }), Promise.resolve());
    const answer = await proxyOf().forward(request, "/x", memberAt(await echo()), 1);
    expect(await answer.json()).toEqual({ via: "1.1 conclave", body: "" });
  });

  it("sends no Fetch request of a client that has disconnected already", async () => {
    const paths: unknown[] = [];
    const url = await listen(
      createServer((request, response) => {
        paths.push(request.url);
        response.end();
      }),
    );
    const gone = new Request("http://a.example/x", { method: "POST", body: "x", signal: AbortSignal.abort() });
    const proxy = proxyOf();
    const answer = await proxy.forward(new FetchRequest(gone, Promise.resolve()), "/gone", memberAt(url), 1);
    expect(answer.status).toBe(502);
    expect((await proxy.forward(get(), "/x", memberAt(url), 1)).status).toBe(200);
    expect(paths).toEqual(["/x"]);
  });

  it("passes on the body of an HTTP/2 request that has no content-length", async () => {
    const proxy = proxyOf();
    const url = await echo();
    const server = createHttp2Server(async (request: Http2ServerRequest, response) => {
      const node = new NodeRequest(request as unknown as IncomingMessage, response as unknown as ServerResponse, "/x");
      const answer = await proxy.forward(node, "/x", memberAt(url), 1);
      await writeResponse(response as unknown as ServerResponse, answer);
    });
    const session = connectHttp2(await listen(server as unknown as Server));
    onTestFinished(() => void session.close());
    for (const [method, body, coding] of [
      ["DELETE", "hi", "chunked"],
      ["GET", "", undefined],
    ] as const) {
      const stream = session.request(
        { [constants.HTTP2_HEADER_METHOD]: method, ":path": "/x" },
        { endStream: body === "" },
      );
      if (body !== "") stream.end(body);
      expect(JSON.parse(await text(stream))).toEqual({ coding, via: "2.0 conclave", body });
    }
  });
});
