import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { connect, type ZooKeeper } from "@conclave/client";
import { startServer, type ZooKeeperServer } from "@conclave/server";
import { PATIENT_SESSION } from "@conclave/vitest";
import { getRequestListener } from "@hono/node-server";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { consoleHandler } from "./console-handler.js";
import { consolePlugin } from "./fastify.js";
import { consoleMiddleware } from "./koa.js";

const basePath = "/conclave";
let server: ZooKeeperServer;
let zk: ZooKeeper;

beforeAll(async () => {
  server = await startServer();
  zk = await connect(server.connectString, PATIENT_SESSION);
});
afterAll(async () => {
  await zk.close();
  await server.close();
});

it.each<[string, () => RequestListener | Promise<RequestListener>]>([
  ["node:http", () => consoleHandler(zk, { readOnly: false, basePath })],
  [
    "Fastify",
    async () => {
      const app = fastify();
      app.register(consolePlugin(zk, { readOnly: false }), { prefix: basePath });
      await app.ready();
      return (request, response) => app.routing(request, response);
    },
  ],
  ["Koa", () => new Koa().use(consoleMiddleware(zk, { readOnly: false, basePath })).callback()],
  [
    "Hono",
    () => {
      const handler = consoleHandler(zk, { readOnly: false, basePath });
      const app = new Hono();
      app.all("/conclave/*", (context) => handler.fetch(context.req.raw));
      return getRequestListener(app.fetch);
    },
  ],
])(
  "the page is served and a znode is saved under the mount path of %s, and other paths are not found",
  async (name, start) => {
    const path = `/saved-in-${name.replace(":", "-")}`;
    await zk.create(path, "old");
    const http = createServer(await start());
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    try {
      const page = await fetch(url + basePath);
      expect([page.url, await page.text()]).toEqual([
        `${url}${basePath}/`,
        expect.stringContaining("Conclave console"),
      ]);
      const saved = await fetch(`${url}${basePath}/api/znode?path=${path}`, {
        method: "PUT",
        headers: { origin: url, "x-conclave-console": "1", "content-type": "application/json" },
        body: JSON.stringify({ data: "new", version: 0 }),
      });
      expect([saved.status, (await zk.getData(path)).data?.toString()]).toEqual([200, "new"]);
      expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
    } finally {
      http.closeAllConnections();
      http.close();
    }
  },
);
