import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { connect, type ZooKeeper } from "@conclave/client";
import { Group } from "@conclave/recipes/group";
import { LeaderElection } from "@conclave/recipes/leader-election";
import { Mutex } from "@conclave/recipes/mutex";
import { ReadWriteLock } from "@conclave/recipes/read-write-lock";
import { Semaphore } from "@conclave/recipes/semaphore";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, PATIENT_SESSION } from "@conclave/vitest";
import express from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConsoleHandler, consoleHandler } from "./console-handler.js";
import type { AuditEntry, ConsoleOptions } from "./options.js";
import type { Overview } from "./overview.js";

const HOST = "http://console.test";
const get = (handler: ConsoleHandler, path: string, headers: Record<string, string> = {}) =>
  handler.fetch(new Request(HOST + path, { headers }));
const overviewOf = async (handler: ConsoleHandler): Promise<Overview> =>
  (await (await get(handler, "/api/overview")).json()) as Overview;
const fromPage = {
  origin: HOST,
  "sec-fetch-site": "same-origin",
  "x-conclave-console": "1",
  "content-type": "application/json",
};
const put = (handler: ConsoleHandler, path: string, body: unknown, headers: Record<string, string> = fromPage) =>
  handler.fetch(new Request(`${HOST}/api/znode?path=${path}`, { method: "PUT", headers, body: JSON.stringify(body) }));

describeOnEachEnsemble("the console", (ensemble) => {
  let zk: ZooKeeper;
  let other: ZooKeeper;
  const console = (options: ConsoleOptions = {}) => consoleHandler(zk, options);

  beforeAll(async () => {
    zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
    await zk.close();
    zk = await connect(ensemble.connectString() + ensemble.root, PATIENT_SESSION);
    other = await connect(ensemble.connectString() + ensemble.root, PATIENT_SESSION);
  });
  afterAll(async () => {
    await zk.close();
    await other.close();
  });

  it("shows holders and waiters of locks with the reason, leaders, members, permits and sessions", async () => {
    const held = await new Mutex(zk, { name: "report", id: "web-1" }).acquire();
    const waiting = new AbortController();
    const waits = new Mutex(other, { name: "report", id: "web-2" }).acquire({ signal: waiting.signal });
    waits.catch(() => {});
    const reading = await new ReadWriteLock(zk, { name: "map", id: "web-1" }).read.acquire();
    const permit = await new Semaphore(zk, { name: "pool", permits: 2, id: "web-1" }).acquire();
    const election = new LeaderElection(zk, { name: "job", id: "web-1" });
    const leadership = await election.campaign();
    await using _member = await new Group(other, { name: "shop" }).join({ id: "m-1", data: undefined });
    const { recipes, sessions, lanes } = await eventually(() => overviewOf(console()), {
      until: (overview) => overview.recipes.some(({ entrants }) => entrants.length === 2),
    });
    const seen = recipes.map(({ kind, path, entrants }) => [
      kind,
      path,
      entrants.map(({ id, name, role, why }) => `${kind === "group" ? name : id} ${role} ${why}`.trim()),
    ]);
    expect(seen).toEqual(
      expect.arrayContaining([
        ["lock", "/conclave/locks/report", ["web-1 holds", "web-2 waits Waits for web-1 to release it."]],
        ["read-write lock", "/conclave/read-write-locks/map", ["web-1 holds"]],
        ["semaphore", "/conclave/semaphores/pool/leases", ["web-1 holds"]],
        ["election", "/conclave/elections/job", ["web-1 leads"]],
        ["group", "/conclave/groups/shop", ["m-1 member"]],
      ]),
    );
    const lock = recipes.find(({ path }) => path === "/conclave/locks/report");
    expect(lock?.entrants[0]?.token).toBe(String(held.fencingToken));
    expect(lanes.map(({ terms }) => terms.map(({ id }) => id))).toEqual([["web-1"]]);
    const mine = sessions.find(({ id }) => id === `0x${BigInt.asUintN(64, zk.sessionId).toString(16)}`);
    expect(mine).toMatchObject({ names: ["web-1"], count: 4 });
    waiting.abort();
    for (const grant of [held, reading, permit, leadership]) await grant.release();
  });

  it("pages that are open at the same time share one read, and an unchanged overview is sent once", async () => {
    const handler = console();
    const answers = await Promise.all(Array.from({ length: 5 }, () => get(handler, "/api/overview")));
    const tags = answers.map(({ headers }) => headers.get("etag"));
    expect(new Set(tags).size).toBe(1);
    const again = await get(handler, "/api/overview", { "if-none-match": tags[0] ?? "" });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  it("says what it left out when there are more znodes than it may look at", async () => {
    await zk.create("/many");
    for (const name of ["a", "b", "c"]) await zk.create(`/many/${name}`);
    const { znodes, leftOut } = await overviewOf(console({ root: "/many", maxZnodes: 2 }));
    expect({ znodes, leftOut }).toEqual({
      znodes: 2,
      leftOut: ["Znodes after the first 2: raise maxZnodes, or set root."],
    });
  });

  it("shows data, Stat and children of a znode, page by page", async () => {
    await zk.create("/tree", "text");
    await zk.create("/tree/binary", Buffer.from([0xff, 0xfe]));
    for (let index = 0; index < 201; index += 1) await zk.create(`/tree/n${String(index).padStart(3, "0")}`);
    const first = await (await get(console(), "/api/znode?path=/tree")).json();
    expect(first).toMatchObject({ data: { form: "text", text: "text" }, stat: { numChildren: 202 }, next: "n198" });
    const second = await (await get(console(), "/api/znode?path=/tree&after=n198")).json();
    expect(second).toMatchObject({ children: ["n199", "n200"], next: null });
    const binary = await (await get(console(), "/api/znode?path=/tree/binary")).json();
    expect(binary).toMatchObject({ data: { form: "hex", text: "fffe", bytes: 2 } });
    expect((await get(console(), "/api/znode?path=/none")).status).toBe(404);
    expect((await get(console(), "/api/znode?path=none")).status).toBe(400);
  });

  it("saves data over the version that was shown, refuses a later one, and writes an audit entry for each", async () => {
    await zk.create("/edited", "old");
    const entries: AuditEntry[] = [];
    const handler = console({ readOnly: false, audit: (entry) => void entries.push(entry), user: () => "ann" });
    expect((await put(handler, "/edited", { data: "new", version: 0 })).status).toBe(200);
    expect((await put(handler, "/edited", { data: "lost", version: 0 })).status).toBe(409);
    expect((await zk.getData("/edited")).data?.toString()).toBe("new");
    const entry = { action: "setData", path: "/edited", version: 0, user: "ann" };
    expect(entries).toEqual([
      { ...entry, bytes: 3, result: "applied" },
      { ...entry, bytes: 4, result: "BAD_VERSION, rejected" },
    ]);
  });

  describe("a change is refused", () => {
    const { origin: _, ...withoutOrigin } = fromPage;
    it.each<[string, ConsoleOptions, Record<string, string>, unknown, number]>([
      ["by default", {}, fromPage, { data: "x", version: 0 }, 403],
      ["without an origin", { readOnly: false }, withoutOrigin, { data: "x", version: 0 }, 403],
      [
        "from another origin",
        { readOnly: false },
        { ...fromPage, origin: "http://evil.test" },
        { data: "x", version: 0 },
        403,
      ],
      [
        "from another site",
        { readOnly: false },
        { ...fromPage, "sec-fetch-site": "cross-site" },
        { data: "x", version: 0 },
        403,
      ],
      [
        "without the page's header",
        { readOnly: false },
        { ...fromPage, "x-conclave-console": "" },
        { data: "x", version: 0 },
        403,
      ],
      ["as a form", { readOnly: false }, { ...fromPage, "content-type": "text/plain" }, { data: "x", version: 0 }, 415],
      ["without a version", { readOnly: false }, fromPage, { data: "x" }, 400],
      ["without regard to the version", { readOnly: false }, fromPage, { data: "x", version: -1 }, 400],
      ["of redacted data", { readOnly: false, redact: ["/guarded"] }, fromPage, { data: "x", version: 0 }, 403],
      ["that is too long", { readOnly: false }, fromPage, { data: "x".repeat(1_048_577), version: 0 }, 413],
    ])("%s", async (_name, options, headers, body, status) => {
      if ((await zk.exists("/guarded")) === null) await zk.create("/guarded", "safe");
      expect((await put(console(options), "/guarded", body, headers)).status).toBe(status);
      expect((await zk.getData("/guarded")).data?.toString()).toBe("safe");
    });
  });

  it("redacts the data of paths, in the tree and in recipes", async () => {
    await zk.create("/secret", "password");
    const handler = console({ redact: ["/secret", "/conclave/locks"] });
    const held = await new Mutex(zk, { name: "hidden", id: "customer-7" }).acquire();
    expect(await (await get(handler, "/api/znode?path=/secret")).json()).toMatchObject({
      data: { form: "redacted", text: "", bytes: 0 },
    });
    const text = await (await get(handler, "/api/overview")).text();
    expect(text).toContain("(redacted)");
    expect(text).not.toContain("customer-7");
    await held.release();
  });

  it("sends a strict policy with each answer, and answers only hosts that it is given", async () => {
    for (const path of ["/", "/page.js", "/api/overview", "/none"]) {
      const { headers } = await get(console(), path);
      expect(headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self';/,
      );
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
    expect((await get(console({ hosts: ["other.test"] }), "/")).status).toBe(421);
    expect((await get(console({ hosts: ["console.test"] }), "/")).status).toBe(200);
  });

  it("serves the page under the mount path of Express, also after a parser of bodies", async () => {
    await zk.create("/express", "old");
    const app = express();
    app.use(express.json());
    app.use("/conclave", consoleHandler(zk, { readOnly: false }));
    await using site = await serve(app);
    const moved = await fetch(`${site.url}/conclave`, { redirect: "manual" });
    expect([moved.status, moved.headers.get("location")]).toEqual([308, "./conclave/"]);
    const page = await fetch(`${site.url}/conclave`);
    expect([page.url, await page.text()]).toEqual([
      `${site.url}/conclave/`,
      expect.stringContaining("Conclave console"),
    ]);
    const saved = await fetch(`${site.url}/conclave/api/znode?path=/express`, {
      method: "PUT",
      headers: { ...fromPage, origin: site.url },
      body: JSON.stringify({ data: "new", version: 0 }),
    });
    expect([saved.status, (await zk.getData("/express")).data?.toString()]).toEqual([200, "new"]);
  });
});

async function serve(listener: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
