import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type ContractApp, describeMembershipContract, viewOfCluster } from "@conclave/verification/membership";
import { serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { compress } from "hono/compress";
import { type ClusterEnv, leaderOnly, type MembershipOptions, membership, ownedBy } from "./index.js";

const WAYS = ["redirect", "proxy", "refuse"] as const;

async function start(options: MembershipOptions, isCompressed: boolean): Promise<ContractApp> {
  const cluster = membership(options);
  const app = new Hono<ClusterEnv>();
  const echo = async (c: Context<ClusterEnv>): Promise<Response> => {
    const { pathname, search } = new URL(c.req.url);
    return c.json({
      by: c.var.cluster.self?.id,
      method: c.req.method,
      url: pathname + search,
      body: await c.req.text(),
    });
  };
  const waiting: (() => void)[] = [];

  if (isCompressed) app.use(compress());
  app.use(cluster);
  app.get("/long", (c) => c.text(" ".repeat(100_000)));
  app.get("/view", (c) => c.json(viewOfCluster(c.var.cluster)));
  for (const otherwise of WAYS) {
    app.all(`/leader/${otherwise}`, leaderOnly({ otherwise }), echo);
    app.all(
      `/keys/:key/${otherwise}`,
      ownedBy((c) => c.req.param("key") ?? "", { otherwise }),
      echo,
    );
  }
  app.get("/leader/slow", leaderOnly({ otherwise: "refuse" }), async (c) => {
    await new Promise<void>((resolve) => void waiting.push(resolve));
    return echo(c);
  });
  app.get("/running", (c) => c.json(waiting.length));
  app.get("/release", (c) => {
    for (const release of waiting.splice(0)) release();
    return c.text("released");
  });
  app.get("/leader/error", leaderOnly(), () => {
    throw new Error("the report failed");
  });
  app.get("/leader/bare", leaderOnly({ otherwise: "proxy" }), () => new Response(new TextEncoder().encode("bare")));
  app.get("/leader/cookies", leaderOnly({ otherwise: "proxy" }), (c) => {
    c.header("set-cookie", "a=1", { append: true });
    c.header("set-cookie", "b=2", { append: true });
    c.header("content-type", "text/plain; charset=utf-8");
    return c.body("ü", 201);
  });
  app.onError((_error, c) => c.text("failed", 500));

  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  if (!server.listening) await once(server, "listening");
  await cluster.join(server);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server: server as Server, drain: () => cluster.drain() };
}

describeMembershipContract("@conclave/hono", start);
