import { readFile } from "node:fs/promises";
import { isZkError } from "@conclave/client";
import { answer, json, Refusal } from "./answers.js";
import type { ResolvedConsole } from "./options.js";
import { SharedOverview } from "./overview.js";
import { saveZnode, showZnode } from "./znode-route.js";

/** Files of the page, in the folder `page` of this package. */
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/page.css": ["page.css", "text/css; charset=utf-8"],
  "/page.js": ["page.js", "text/javascript; charset=utf-8"],
  "/parts.js": ["parts.js", "text/javascript; charset=utf-8"],
  "/znodes.js": ["znodes.js", "text/javascript; charset=utf-8"],
};

/** Header that the page sends with a change: scripts of other sites cannot, unless the server allows it to them. */
export const CHANGE_HEADER = "x-conclave-console";

/** Answers requests for the page and its data. The path of `request.url` is relative to the mount path. */
export class Routes {
  readonly #options: ResolvedConsole;
  readonly #overview: SharedOverview;

  constructor(options: ResolvedConsole) {
    this.#options = options;
    this.#overview = new SharedOverview(options);
  }

  /** Never rejects: errors become answers. `path` is the one below the mount path, such as `/api/znode`. */
  async answer(request: Request, path: string): Promise<Response> {
    try {
      this.#checkHost(request);
      return await this.#route(request, path);
    } catch (error) {
      if (error instanceof Refusal) return json(error.status, { code: error.code, message: error.message });
      if (isZkError(error)) return json(statusOf(error.code), { code: error.code, message: error.message });
      this.#options.logger.error("the console could not answer a request", { error });
      return json(500, { code: "INTERNAL", message: "The console could not answer: its log has the reason." });
    }
  }

  async #route(request: Request, path: string): Promise<Response> {
    const isRead = request.method === "GET" || request.method === "HEAD";
    const file = FILES[path];
    if (file !== undefined && isRead) return pageFile(...file);
    if (path === "/api/overview" && isRead) return this.#showOverview(request);
    if (path === "/api/znode" && isRead) return showZnode(this.#options, new URL(request.url));
    if (path === "/api/znode" && request.method === "PUT") {
      this.#checkChange(request);
      return saveZnode(this.#options, new URL(request.url), request);
    }
    const isKnown = file !== undefined || path === "/api/overview" || path === "/api/znode";
    if (isKnown) throw new Refusal(405, "METHOD", "This method is not allowed here.");
    throw new Refusal(404, "NO_ROUTE", "The console has no such page.");
  }

  async #showOverview(request: Request): Promise<Response> {
    const { text, etag } = await this.#overview.current();
    const headers = { etag, "cache-control": "no-cache", "x-conclave-now": String(this.#options.clock.wallTime()) };
    if (request.headers.get("if-none-match") === etag) return answer(304, null, headers);
    return answer(200, text, { ...headers, "content-type": "application/json" });
  }

  #checkHost(request: Request): void {
    const { hosts } = this.#options;
    if (hosts === undefined || hosts.includes(hostOf(request))) return;
    throw new Refusal(421, "HOST", "The option hosts of the console does not have this host.");
  }

  /** Refuses a change that a page of another site, or a form, could have sent. */
  #checkChange(request: Request): void {
    if (this.#options.readOnly)
      throw new Refusal(403, "READ_ONLY", "This console is read-only: see its option readOnly.");
    const { headers } = request;
    const site = headers.get("sec-fetch-site");
    const origin = headers.get("origin");
    const isSameOrigin = origin !== null && URL.canParse(origin) && new URL(origin).host === hostOf(request);
    if (!isSameOrigin || (site !== null && site !== "same-origin") || headers.get(CHANGE_HEADER) !== "1") {
      throw new Refusal(403, "OTHER_ORIGIN", "A change is accepted only from the page of this console itself.");
    }
    if (headers.get("content-type")?.split(";")[0]?.trim() !== "application/json") {
      throw new Refusal(415, "NOT_JSON", "The body of a change has to be application/json.");
    }
  }
}

/** The host that the client asked for. */
function hostOf(request: Request): string {
  return request.headers.get("host") ?? new URL(request.url).host;
}

async function pageFile(file: string, type: string): Promise<Response> {
  const text = await readFile(new URL(`../page/${file}`, import.meta.url), "utf8");
  return answer(200, text, { "content-type": type, "cache-control": "no-cache" });
}

function statusOf(code: string): number {
  switch (code) {
    case "NO_NODE":
      return 404;
    case "BAD_VERSION":
      return 409;
    case "NO_AUTH":
      return 403;
    case "BAD_ARGUMENTS":
      return 400;
    default:
      return 503;
  }
}
