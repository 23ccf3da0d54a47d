import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import express, { type Response } from "express";
import type { Check } from "./check.js";
import type { TimelineEvent } from "./timeline.js";

/** What the page is told. */
export type PageMessage =
  | ({ readonly type: "event" } & TimelineEvent)
  | { readonly type: "verdict"; readonly checks: readonly Check[] }
  | { readonly type: "failed"; readonly message: string };

/** The run as a page, on a free loopback port: whoever opens it late is told everything from the start. */
export class DemoPage implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #told: PageMessage[] = [];
  readonly #readers: Set<Response>;

  private constructor(server: Server, readers: Set<Response>) {
    this.#server = server;
    this.#readers = readers;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(): Promise<DemoPage> {
    const readers = new Set<Response>();
    const app = express();
    app.disable("x-powered-by");
    app.get("/events", (request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      for (const message of page.#told) response.write(line(message));
      readers.add(response);
      request.once("close", () => readers.delete(response));
    });
    app.use(express.static(join(import.meta.dirname, "../page")));
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const page = new DemoPage(server, readers);
    return page;
  }

  tell(message: PageMessage): void {
    this.#told.push(message);
    for (const reader of this.#readers) reader.write(line(message));
  }

  /** Ends the streams; what was told is sent first. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const reader of this.#readers) reader.end();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function line(message: PageMessage): string {
  return `data: ${JSON.stringify(message)}\n\n`;
}
