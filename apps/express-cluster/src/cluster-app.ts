import { join } from "node:path";
import { leaderOnly, type MembershipHandler, ownedBy } from "@conclave/express";
import express, { type Express } from "express";
import { KEYS } from "./keys.js";
import { fromPageOnly, siblingPages } from "./sibling-pages.js";

/** Commands of the page to a process and its cluster. */
export interface Controls {
  /** Ends in order. */
  leave(): void;
  /** Ends at once, as by SIGKILL. */
  die(): void;
  /** Starts one more process; `undefined` if this process runs without a launcher. */
  readonly startAnother: (() => void) | undefined;
}

/** Creates the app of a process: the page, the owners of keys, and one route each for the leader and for a key's owner. */
export function clusterApp(membership: MembershipHandler, controls: Controls): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(siblingPages);
  app.use(membership);

  app.get("/keys", ({ cluster }, response) => {
    const owners = KEYS.map((key) => [key, cluster.ownerOf(key)?.id ?? null]);
    response.json({
      version: cluster.version,
      owners: Object.fromEntries(owners),
      canStart: controls.startAnother !== undefined,
    });
  });
  app.get(
    "/keys/:key",
    ownedBy(({ params }) => String(params.key), { otherwise: "proxy" }),
    (request, response) => {
      response.json({ key: request.params.key, by: request.cluster.self?.id });
    },
  );
  app.get("/report", leaderOnly({ otherwise: "proxy" }), ({ cluster }, response) => {
    response.json({ by: cluster.self?.id, token: cluster.leadership?.fencingToken.toString() });
  });

  app.post("/leave", fromPageOnly, (_request, response) => {
    response.status(202).end();
    controls.leave();
  });
  app.post("/die", fromPageOnly, (_request, response) => {
    response.status(202).end(() => controls.die());
  });
  app.post("/members", fromPageOnly, (_request, response) => {
    controls.startAnother?.();
    response.status(controls.startAnother === undefined ? 404 : 202).end();
  });

  app.use(express.static(join(import.meta.dirname, "../page")));
  return app;
}
