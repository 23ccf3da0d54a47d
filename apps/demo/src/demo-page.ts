import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import express, { type Response } from "express";
import type { ShownServer } from "./ensemble/own-ensemble.js";
import type { Check } from "./scenario.js";
import type { TimelineEvent } from "./timeline.js";

/** Message to the page. */
export type PageMessage =
  | ({ readonly type: "event" } & TimelineEvent)
  | { readonly type: "servers"; readonly servers: readonly ShownServer[] }
  | { readonly type: "verdict"; readonly checks: readonly Check[] }
  | { readonly type: "failed"; readonly message: string };

/** Web page of a run, on a free loopback port. A browser that connects late receives all earlier messages first. */
export class DemoPage implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #sent: PageMessage[] = [];
  readonly #streams: Set<Response>;

  private constructor(server: Server, streams: Set<Response>) {
    this.#server = server;
    this.#streams = streams;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Resolves when the page is served. */
  static async open(): Promise<DemoPage> {
    const streams = new Set<Response>();
    const app = express();
    app.disable("x-powered-by");
    app.get("/events", (request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      for (const message of page.#sent) response.write(encode(message));
      streams.add(response);
      request.once("close", () => streams.delete(response));
    });
    app.use(express.static(join(import.meta.dirname, "../page")));
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const page = new DemoPage(server, streams);
    return page;
  }

  /** Sends a message to all browsers, those that connect later included. */
  send(message: PageMessage): void {
    this.#sent.push(message);
    for (const stream of this.#streams) stream.write(encode(message));
  }

  /** Flushes and ends the event streams, then closes the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#streams) stream.end();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function encode(message: PageMessage): string {
  return `data: ${JSON.stringify(message)}\n\n`;
}
