import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { ZooKeeper } from "@conclave/client";
import { answer, json } from "./answers.js";
import { type ConsoleOptions, resolveConsole } from "./options.js";
import { Routes } from "./routes.js";
import { BODY_BYTES } from "./znode-route.js";

/** A request as Express, Fastify and Koa hand it on: middleware may have read and parsed its body before. */
export interface ConsoleRequest extends IncomingMessage {
  /** The URL before a router removed the mount path. */
  readonly originalUrl?: string;
  /** The parsed body. */
  readonly body?: unknown;
}

/** The console as a request handler: of `node:http` and Express as a function; `fetch` for the Fetch API. */
export interface ConsoleHandler {
  /** Answers the request; calls `next` for a path outside of `basePath`. Resolves when the answer is sent. Never rejects. */
  (request: ConsoleRequest, response: ServerResponse, next?: () => void): Promise<void>;
  /** Returns the answer to a request of the Fetch API, as `app.all("/conclave/*", (c) => handler.fetch(c.req.raw))` of Hono. */
  fetch(request: Request): Promise<Response>;
}

/**
 * Returns a handler for the page and its data: `app.use("/conclave", consoleHandler(zk))`. It reads through `zk`, while a page is
 * open, and does not close it. Throws a `TypeError` for wrong options.
 */
export function consoleHandler(zk: ZooKeeper, options: ConsoleOptions = {}): ConsoleHandler {
  const resolved = resolveConsole(zk, options);
  const routes = new Routes(resolved);

  /** Returns the path below the mount path; `undefined` outside of it. */
  const below = (path: string): string | undefined => {
    const { basePath } = resolved;
    if (path === basePath) return "";
    return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined;
  };

  /** The page's own links are relative to its folder, so its address has to end with "/". */
  const toFolder = (path: string): Response =>
    answer(308, null, { location: `./${path.slice(path.lastIndexOf("/") + 1)}/`, "cache-control": "no-store" });

  const handle = async (request: ConsoleRequest, response: ServerResponse, next?: () => void): Promise<void> => {
    const target = new URL(request.url ?? "/", "http://console.invalid");
    const path = below(target.pathname);
    if (path === undefined) {
      if (next !== undefined) return next();
      return write(response, json(404, { code: "NO_ROUTE", message: "The console is not mounted here." }));
    }
    const [original = ""] = (request.originalUrl ?? request.url ?? "/").split("?");
    const isFolder = path !== "" && (path !== "/" || original.endsWith("/"));
    await write(response, isFolder ? await routes.answer(fetchRequest(request, target), path) : toFolder(original));
  };

  return Object.assign(
    async (request: ConsoleRequest, response: ServerResponse, next?: () => void): Promise<void> => {
      try {
        await handle(request, response, next);
      } catch (error) {
        resolved.logger.error("the console could not read a request", { error });
        if (!response.headersSent) response.writeHead(400);
        response.end();
      }
    },
    {
      fetch: async (request: Request): Promise<Response> => {
        const { pathname } = new URL(request.url);
        const path = below(pathname);
        if (path === undefined) return json(404, { code: "NO_ROUTE", message: "The console is not mounted here." });
        return path === "" ? toFolder(pathname) : routes.answer(request, path);
      },
    },
  );
}

function fetchRequest(request: ConsoleRequest, target: URL): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    // HTTP/2 has fields such as `:path`, which are no headers here.
    if (value !== undefined && !name.startsWith(":")) headers.set(name, String(value));
  }
  const authority = request.headers[":authority"];
  if (typeof authority === "string") headers.set("host", authority);
  const { method = "GET" } = request;
  if (method === "GET" || method === "HEAD") return new Request(target, { method, headers });
  // A parser of the app has read the body already.
  const body = request.readableDidRead ? JSON.stringify(request.body ?? null).slice(0, BODY_BYTES + 1) : undefined;
  return new Request(target, {
    ...{ method, headers, duplex: "half" },
    body: body ?? (Readable.toWeb(request) as unknown as ReadableStream),
  } as RequestInit);
}

async function write(response: ServerResponse, result: Response): Promise<void> {
  response.writeHead(result.status, Object.fromEntries(result.headers));
  response.end(response.req.method === "HEAD" ? undefined : Buffer.from(await result.arrayBuffer()));
}
