import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { membership } from "@conclave/express";
import { expect, it, onTestFinished } from "vitest";
import { clusterApp } from "./cluster-app.js";

/** Starts the app of a process that has not joined. */
async function start(startAnother?: () => void): Promise<{ readonly url: string; readonly done: readonly string[] }> {
  const done: string[] = [];
  const cluster = membership({ servers: "127.0.0.1:1", group: "test" });
  const controls = { leave: () => void done.push("left"), die: () => void done.push("died"), startAnother };
  const server = clusterApp(cluster, controls).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, done };
}

it("a process ends only on a request that carries the header of its page", async () => {
  const { url, done } = await start();
  for (const path of ["/leave", "/die"]) {
    expect((await fetch(url + path, { method: "POST" })).status).toBe(403);
    expect(done).toEqual(path === "/leave" ? [] : ["left"]);
    expect((await fetch(url + path, { method: "POST", headers: { "x-express-cluster": "page" } })).status).toBe(202);
  }
  expect(done).toEqual(["left", "died"]);
});

it("CORS allows pages of other processes on loopback, and no other origin", async () => {
  const { url } = await start();
  const allowed = async (origin: string): Promise<string | null> => {
    const answer = await fetch(`${url}/die`, { method: "OPTIONS", headers: { origin } });
    return answer.headers.get("access-control-allow-origin");
  };
  expect(await allowed("http://127.0.0.1:4000")).toBe("http://127.0.0.1:4000");
  expect(await allowed("http://localhost.example.com")).toBeNull();
  expect(await allowed("null")).toBeNull();
});

it("a request to start another process reaches the launcher, and is answered with 404 without one", async () => {
  let started = 0;
  const alone = await start();
  const launched = await start(() => void started++);
  const init = { method: "POST", headers: { "x-express-cluster": "page" } };
  expect((await fetch(`${alone.url}/members`, init)).status).toBe(404);
  expect((await fetch(`${launched.url}/members`, init)).status).toBe(202);
  expect(started).toBe(1);
});

it("a process that has not joined serves the page, and its readiness is 503", async () => {
  const { url } = await start();
  expect(await (await fetch(url)).text()).toContain("<h1");
  expect((await fetch(`${url}/cluster/ready`)).status).toBe(503);
});
