import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type ContractApp, describeMembershipContract, viewOfCluster } from "@conclave/verification/membership";
import Router from "@koa/router";
import Koa, { type Context } from "koa";
import compress from "koa-compress";
import { leaderOnly, type MembershipOptions, membership, ownedBy } from "./index.js";

const WAYS = ["redirect", "proxy", "refuse"] as const;

async function start(options: MembershipOptions, isCompressed: boolean): Promise<ContractApp> {
  const cluster = membership(options);
  const app = new Koa();
  app.silent = true;
  const router = new Router();
  const echo = async (ctx: Context): Promise<void> => {
    const { method, originalUrl: url, req } = ctx;
    ctx.body = { by: ctx.cluster.self?.id, method, url, body: await text(req) };
  };
  const waiting: (() => void)[] = [];

  if (isCompressed) app.use(compress());
  app.use(cluster);
  router.get("/long", (ctx) => {
    ctx.body = " ".repeat(100_000);
  });
  router.get("/view", (ctx) => {
    ctx.body = viewOfCluster(ctx.cluster);
  });
  for (const otherwise of WAYS) {
    const key = (ctx: Context): string => (ctx.params as { key: string }).key;
    router.all(`/leader/${otherwise}`, leaderOnly({ otherwise }), echo);
    router.all(`/keys/:key/${otherwise}`, ownedBy(key, { otherwise }), echo);
  }
  router.get("/leader/slow", leaderOnly({ otherwise: "refuse" }), async (ctx) => {
    await new Promise<void>((resolve) => void waiting.push(resolve));
    await echo(ctx);
  });
  router.get("/running", (ctx) => {
    ctx.body = JSON.stringify(waiting.length);
  });
  router.get("/release", (ctx) => {
    for (const release of waiting.splice(0)) release();
    ctx.body = "released";
  });
  router.get("/leader/error", leaderOnly(), () => {
    throw new Error("the report failed");
  });
  router.get("/leader/bare", leaderOnly({ otherwise: "proxy" }), (ctx) => {
    ctx.respond = false;
    ctx.res.statusCode = 200;
    ctx.res.end("bare");
  });
  router.get("/leader/cookies", leaderOnly({ otherwise: "proxy" }), (ctx) => {
    ctx.status = 201;
    ctx.set("set-cookie", ["a=1", "b=2"]);
    ctx.body = "ü";
  });
  app.use(router.routes());

  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  await cluster.join(server);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server, drain: () => cluster.drain() };
}

describeMembershipContract("@conclave/koa", start);
