import { once } from "node:events";
import type { AddressInfo } from "node:net";
import {
  type ContractApp,
  describeMembershipContractOnEachEnsemble,
  viewOfCluster,
} from "@conclave/verification/membership";
import compression from "compression";
import express, { type Request, type Response } from "express";
import { leaderOnly, type MembershipOptions, membership, ownedBy } from "./index.js";

const WAYS = ["redirect", "proxy", "refuse"] as const;

async function start(options: MembershipOptions, isCompressed: boolean): Promise<ContractApp> {
  const cluster = membership(options);
  const app = express();
  const echo = (request: Request, response: Response): void => {
    const { method, originalUrl: url, body } = request;
    response.json({ by: request.cluster.self?.id, method, url, body: typeof body === "string" ? body : "" });
  };
  const text = express.text({ type: "*/*", limit: "10mb" });
  const waiting: (() => void)[] = [];

  if (isCompressed) app.use(compression());
  app.use(cluster);
  app.get("/long", (_request, response) => void response.type("text").send(" ".repeat(100_000)));
  app.get("/view", ({ cluster: seen }, response) => void response.json(viewOfCluster(seen)));
  for (const otherwise of WAYS) {
    app.all(`/leader/${otherwise}`, leaderOnly({ otherwise }), text, echo);
    app.all(
      `/keys/:key/${otherwise}`,
      ownedBy(({ params }) => String(params.key), { otherwise }),
      text,
      echo,
    );
  }
  app.get("/leader/slow", leaderOnly({ otherwise: "refuse" }), async (request, response) => {
    await new Promise<void>((resolve) => void waiting.push(resolve));
    echo(request, response);
  });
  app.get("/running", (_request, response) => void response.json(waiting.length));
  app.get("/release", (_request, response) => {
    for (const release of waiting.splice(0)) release();
    response.end();
  });
  app.get("/leader/error", leaderOnly(), () => {
    throw new Error("the report failed");
  });
  app.get("/leader/bare", leaderOnly({ otherwise: "proxy" }), (_request, response) => void response.end("bare"));
  app.get("/leader/cookies", leaderOnly({ otherwise: "proxy" }), (_request, response) => {
    response.status(201).type("text/plain").append("set-cookie", ["a=1", "b=2"]).send("ü");
  });
  app.use((_error: Error, _request: Request, response: Response, _next: () => void) => void response.status(500).end());

  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  await cluster.join(server);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server, drain: () => cluster.drain() };
}

describeMembershipContractOnEachEnsemble("@conclave/express", start);
