import type { RequestHandler } from "express";

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Header of requests that change something: no other site can make a browser send it. */
export const PAGE_HEADER = "x-express-cluster";

/**
 * Lets the page that one process has served talk to the others: it goes on when its own process is killed. Pages of other
 * sites are not let in.
 */
export const siblingPages: RequestHandler = (request, response, next) => {
  const { origin } = request.headers;
  if (origin !== undefined && URL.canParse(origin) && LOOPBACK.has(new URL(origin).hostname)) {
    response.set({
      "access-control-allow-origin": origin,
      "access-control-allow-headers": PAGE_HEADER,
      "access-control-allow-methods": "GET, POST",
      "access-control-expose-headers": "x-cluster-member, x-cluster-leader, x-cluster-owner",
      vary: "origin",
    });
  }
  if (request.method === "OPTIONS") response.status(204).end();
  else next();
};

/** Refuses requests that do not come from the page. */
export const fromPageOnly: RequestHandler = (request, response, next) => {
  if (request.headers[PAGE_HEADER] !== undefined) return next();
  response.status(403).json({ error: `send the header ${PAGE_HEADER}, as the page does` });
};
