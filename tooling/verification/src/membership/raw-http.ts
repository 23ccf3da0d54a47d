import type { IncomingMessage, ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { ContractApp } from "./contract-app.ts";

/** The query that marks requests which {@link answerRaw} answers. */
export const RAW = "/leader/proxy?raw";

/** Bytes to an app and back, without an HTTP client that would put them right. */
export class RawConnection {
  readonly socket: Socket;
  #received = "";
  #isOver = false;
  #arrived = (): void => {};

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect(Number(port), hostname);
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text: string) => {
      this.#received += text;
      this.#arrived();
    });
    // Errors of a connection that the app cuts: what was received before counts.
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.#isOver = true;
      this.#arrived();
    });
    onTestFinished(() => void this.socket.destroy());
  }

  /** Sends text as it is, one byte per character. */
  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Returns all that was received, as soon as it matches `pattern`. Rejects if the connection ends before. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      if (pattern.test(this.#received)) return this.#received;
      if (this.#isOver) throw new Error(`the connection ended after ${JSON.stringify(this.#received)}`);
      await this.#more();
    }
  }

  /** Returns all that was received when the connection has ended. */
  async all(): Promise<string> {
    while (!this.#isOver) await this.#more();
    return this.#received;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }
}

/** Sends text on a connection of its own, and returns all that comes back until the app closes that. */
export function exchange(url: string, text: string): Promise<string> {
  const connection = new RawConnection(url);
  connection.send(text);
  return connection.all();
}

/** Puts `answer` in place of an app's own handler, for requests to {@link RAW}; other requests reach the app. */
export function answerRaw(
  { server }: ContractApp,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  const listeners = server.listeners("request");
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith(RAW) === true) return answer(request, response);
    for (const listener of listeners) Reflect.apply(listener, server, [request, response]);
  });
}
