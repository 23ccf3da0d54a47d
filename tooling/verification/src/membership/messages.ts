import { EventEmitter, once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { answerRaw, exchange, RAW, RawConnection } from "./raw-http.ts";
import { ask, type ClusterTest, type TestCluster, type TestMember } from "./test-cluster.ts";

/** A request as the leader's server parsed it. */
interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly trailers: IncomingMessage["trailers"];
}

/** Tests of framing: the leader sees exactly the requests that were sent (RFC 9110, RFC 9112). */
export function messages(test: ClusterTest): void {
  test("the body of a request of any method reaches the leader as a body, never as another request", async (cluster) => {
    const { follower, seen } = await recorded(cluster);
    const expected: string[] = [];
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      for (const [name, framing] of Object.entries(FRAMINGS)) {
        const target = `${RAW}&${name}`;
        const body = name === "none" ? "" : SMUGGLED;
        const answer = await exchange(follower.url, `${method} ${target} HTTP/1.1\r\nhost: a\r\n${framing}`);
        expect([method, name, answer.slice(0, 12)]).toEqual([method, name, "HTTP/1.1 200"]);
        expected.push(`${method} ${target} ${JSON.stringify(body)}`);
      }
    }
    expect(seen.map(({ line, body }) => `${line} ${JSON.stringify(body)}`)).toEqual(expected);
  });

  test("fields of one connection, fields that Connection lists, and trailers are not passed on", async (cluster) => {
    const { follower, seen } = await recorded(cluster);
    const fields = [
      "connection: close, X-Listed, content-length, keep-alive",
      "connection: x-also",
      "x-listed: 1",
      "x-also: 1",
      "keep-alive: timeout=5",
      "proxy-connection: keep-alive",
      "proxy-authorization: Basic eDp5",
      "te: trailers",
      "trailer: x-late",
      "x-kept: 1",
      "transfer-encoding: chunked",
    ];
    const request = `POST ${RAW} HTTP/1.1\r\nhost: shop.example\r\n${fields.join("\r\n")}\r\n\r\n`;
    const answer = await exchange(follower.url, `${request}2\r\nhi\r\n0\r\nx-late: 1\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 200/);
    const [{ headers, body, trailers } = expect.fail()] = seen;
    const { host: _host, ...rest } = headers;
    expect([body, trailers]).toEqual(["hi", {}]);
    expect(rest).toEqual({
      connection: "keep-alive",
      "transfer-encoding": "chunked",
      "x-kept": "1",
      "x-cluster-hops": "1",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": "shop.example",
      "x-forwarded-proto": "http",
      via: "1.1 conclave",
    });
  });

  test("a request whose framing is ambiguous is refused, and nothing of it is passed on", async (cluster) => {
    const { follower, seen } = await recorded(cluster);
    const statusOf = async (head: string, body: string): Promise<string> =>
      (
        await exchange(follower.url, `POST ${RAW} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${head}\r\n\r\n${body}`)
      ).slice(9, 12);
    expect(await statusOf("content-length: 2\r\ncontent-length: 3", "abc")).toBe("400");
    expect(await statusOf("content-length: 2\r\ntransfer-encoding: chunked", "0\r\n\r\n")).toBe("400");
    expect(await statusOf("transfer-encoding: chunked, identity", "0\r\n\r\n")).toBe("400");
    expect(await statusOf("transfer-encoding: gzip, chunked", "0\r\n\r\n")).toBe("501");
    expect(seen).toEqual([]);
  });
}

/** Tests of request targets. */
export function targets(test: ClusterTest): void {
  test("a target in absolute form is passed on as a path, and Max-Forwards is counted down", async (cluster) => {
    const { follower, seen } = await recorded(cluster);
    const send = (line: string, fields: string): Promise<string> =>
      exchange(follower.url, `${line} HTTP/1.1\r\nhost: b.example\r\nconnection: close\r\n${fields}\r\n`);
    // The authority of the target, not the Host field, names the host that was asked for.
    expect(await send(`GET http://a.example${RAW}`, "")).toMatch(/^HTTP\/1.1 200/);
    expect(await send(`OPTIONS ${RAW}`, "max-forwards: 3\r\n")).toMatch(/^HTTP\/1.1 200/);
    expect(await send(`OPTIONS ${RAW}`, "max-forwards: 0\r\n")).toMatch(/^HTTP\/1.1 503/);
    expect(seen.map(({ line }) => line)).toEqual([`GET ${RAW}`, `OPTIONS ${RAW}`]);
    expect(seen[0]?.headers["x-forwarded-host"]).toBe("a.example");
    expect(seen[1]?.headers["max-forwards"]).toBe("2");
  });
}

/** Tests of interim, early and broken messages. */
export function exchanges(test: ClusterTest): void {
  test("a client that expects 100-continue is asked for its body, and gets the early hints of the leader", async (cluster) => {
    const { follower } = await recorded(cluster, (_seen, response) => {
      response.writeEarlyHints({ link: "</page.css>; rel=preload", "x-listed": "1" });
      response.end("done");
    });
    const connection = new RawConnection(follower.url);
    connection.send(
      `PUT ${RAW} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n\r\n`,
    );
    await connection.until(/^HTTP\/1.1 100 Continue\r\n\r\n/);
    connection.send("hi");
    const answer = await connection.all();
    expect(answer).toMatch(/HTTP\/1.1 103 Early Hints\r\nlink: <\/page.css>; rel=preload\r\n/i);
    expect(answer).toMatch(/HTTP\/1.1 200 OK\r\n[\s\S]*done/);
    // A client of HTTP/1.0 knows no interim responses.
    const old = await exchange(follower.url, `GET ${RAW} HTTP/1.0\r\nhost: a\r\n\r\n`);
    expect(old).not.toContain(" 103 ");
    expect(old).toContain("done");
  });

  test("an upgrade to WebSocket is refused with 501, and an offer of h2c is ignored", async (cluster) => {
    const { follower, seen } = await recorded(cluster);
    const upgrade = (protocol: string): Promise<string> => {
      const fields = `connection: upgrade, http2-settings, close\r\nupgrade: ${protocol}\r\nhttp2-settings: AAMAAABk\r\n`;
      const websocket = "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
      return exchange(follower.url, `GET ${RAW} HTTP/1.1\r\nhost: a\r\n${fields}${websocket}\r\n`);
    };
    expect(await upgrade("websocket")).toMatch(/^HTTP\/1.1 501 [\s\S]*"code":"UPGRADE_UNSUPPORTED"/);
    expect(seen).toEqual([]);
    expect(await upgrade("h2c")).toMatch(/^HTTP\/1.1 200/);
    expect([seen[0]?.headers.upgrade, seen[0]?.headers["http2-settings"]]).toEqual([undefined, undefined]);
  });

  test("an early 413 is passed back, though the leader closes its connection before it has read the body", async (cluster) => {
    const [leader, follower] = await startTwo(cluster);
    answerRaw(leader, (_request, response) => {
      response.writeHead(413, { connection: "close", "content-type": "text/plain" }).end("too large");
    });
    for (const size of [1_000, 100_000, 5_000_000]) {
      for (let round = 0; round < 3; round++) {
        const answer = await ask(follower.url + RAW, { method: "POST", body: "x".repeat(size) });
        expect([size, answer.status, await answer.text()]).toEqual([size, 413, "too large"]);
      }
    }
  });

  test("a client that disconnects ends the request at the leader, and a response that breaks off breaks off at the client", async (cluster) => {
    const [leader, follower] = await startTwo(cluster);
    const events = new EventEmitter();
    answerRaw(leader, (request, response) => {
      if (request.url === `${RAW}&breaks`) {
        response.writeHead(200, { "content-length": "10" }).write("half");
        return void setImmediate(() => response.destroy());
      }
      request.on("error", () => events.emit("ended"));
      request.resume();
      events.emit("arrived");
    });
    for (const framing of ["content-length: 10\r\n\r\nhalf", "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"]) {
      const [arrived, ended] = [once(events, "arrived"), once(events, "ended")];
      const connection = new RawConnection(follower.url);
      connection.send(`POST ${RAW} HTTP/1.1\r\nhost: a\r\n${framing}`);
      await arrived;
      connection.socket.destroy();
      await ended;
    }
    await expect(ask(`${follower.url + RAW}&breaks`).then((answer) => answer.text())).rejects.toThrow();
  });
}

const SMUGGLED = `GET ${RAW}&smuggled HTTP/1.1\r\nhost: a\r\n\r\n`;
const CLOSE = "connection: close\r\n";
const FRAMINGS: Readonly<Record<string, string>> = {
  none: `${CLOSE}\r\n`,
  length: `${CLOSE}content-length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  chunked: `${CLOSE}transfer-encoding: chunked\r\n\r\n${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
  Chunked: `${CLOSE}Transfer-Encoding: Chunked\r\n\r\n${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
};

async function startTwo(cluster: TestCluster): Promise<[leader: TestMember, follower: TestMember]> {
  const [leader, follower] = await cluster.startAll("one", "two");
  return [leader!, follower!];
}

/** Two members, the first of which leads and records the requests that it gets. */
async function recorded(
  cluster: TestCluster,
  answer: (seen: Seen, response: ServerResponse) => void = (_seen, response) => void response.end(),
): Promise<{ readonly follower: TestMember; readonly seen: readonly Seen[] }> {
  const [leader, follower] = await startTwo(cluster);
  const seen: Seen[] = [];
  answerRaw(leader, async (request, response) => {
    const body = await text(request);
    const one = {
      line: `${request.method} ${request.url}`,
      headers: request.headers,
      body,
      trailers: request.trailers,
    };
    seen.push(one);
    answer(one, response);
  });
  return { follower, seen };
}
