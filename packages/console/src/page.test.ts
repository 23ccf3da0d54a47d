/**
 * The page in a browser, on a real ensemble. `CONCLAVE_SCREENSHOTS=1` writes the pictures of docs/ anew.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect, type ZooKeeper } from "@conclave/client";
import { Group } from "@conclave/recipes/group";
import { LeaderElection } from "@conclave/recipes/leader-election";
import { Mutex } from "@conclave/recipes/mutex";
import { type Ensemble, startEnsemble } from "@conclave/server";
import { chromiumArgs, prepareChromium } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { PATIENT_SESSION } from "@conclave/vitest";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { consoleHandler } from "./console-handler.js";

const found = await prepareChromium({ progress: (what) => void process.stderr.write(`… ${what}\n`) });
if (!found.available && process.env.CONCLAVE_REQUIRE_SERVICES === "1") {
  throw new Error(`CONCLAVE_REQUIRE_SERVICES is 1, but Chromium cannot be had: ${found.reason}`);
}
const inBrowser = found.available
  ? {}
  : { skip: true, meta: { skippedBecause: `no Chromium: ${found.reason}` } as object };

describe("the console's page", () => {
  let ensemble: Ensemble;
  let server: Server;
  let browser: Browser;
  let page: Page;
  const clients: ZooKeeper[] = [];
  const elections: LeaderElection[] = [];
  /** Errors of scripts, and what the page's policy has blocked. */
  const errors: string[] = [];

  const text = (selector: string) => page.locator(selector).textContent();
  const picture = async (name: string): Promise<void> => {
    if (process.env.CONCLAVE_SCREENSHOTS !== "1") return;
    await page.screenshot({ path: join(import.meta.dirname, `../docs/console-${name}.png`), animations: "disabled" });
  };

  beforeAll(async () => {
    if (!found.available) return;
    ensemble = await startEnsemble({ servers: 3 });
    for (let index = 0; index < 3; index += 1) clients.push(await connect(ensemble.connectString, PATIENT_SESSION));
    const [first, second, third] = clients as [ZooKeeper, ZooKeeper, ZooKeeper];
    await new Mutex(first, { name: "invoices", id: "web-1" }).acquire();
    for (const [zk, id] of [
      [second, "web-2"],
      [third, "web-\u202e3"],
    ] as const) {
      new Mutex(zk, { name: "invoices", id }).acquire().catch(() => {});
      await eventually(() => new Mutex(zk, { name: "invoices" }).contenders(), {
        until: (contenders) => contenders.some((each) => each.id === id),
      });
    }
    for (const [index, zk] of clients.entries()) {
      const election = new LeaderElection(zk, { name: "nightly-report", id: `web-${index + 1}` });
      elections.push(election);
      const campaign = election.campaign();
      if (index === 0) await campaign;
      else campaign.catch(() => {});
      await eventually(() => election.participants(), { until: ({ length }) => length === index + 1 });
      await new Group(zk, { name: "shop" }).join({ id: `web-${index + 1}`, data: { port: 3000 + index } });
    }
    await first.create("/settings", "limit=10");
    server = createServer(consoleHandler(first, { readOnly: false }));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    browser = await chromium.launch({ executablePath: found.command, args: [...chromiumArgs], timeout: 0 });
    page = await browser.newPage({ viewport: { width: 1120, height: 900 }, colorScheme: "light" });
    // The bound of the test holds.
    page.setDefaultTimeout(0);
    page.on("pageerror", (error) => void errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
    for (const zk of clients) await zk.close();
    await ensemble?.close();
  });

  it("says who leads, who holds a lock, who waits for whom and why", inBrowser, async () => {
    await eventually(() => text("#headline"), { until: (said) => said === "1 lock, 2 waiting; web-1 leads" });
    const entrants = await page.locator("#locks li").allTextContents();
    expect(entrants).toEqual([
      expect.stringMatching(/^holds web-1 since \d+ stoken \d+, session 0x[0-9a-f]+$/),
      expect.stringMatching(/^waits web-2 for .*Waits for web-1 to release it\.$/),
      expect.stringMatching(/^waits web-\\u202e3 for .*Behind web-2, which waits too\.$/),
    ]);
    expect(await text("#groups")).toContain('data {"port":3002}');
    // These servers have their ports for clients outside of the shared configuration.
    const servers = await page.locator("#servers tbody tr").allTextContents();
    expect(servers).toHaveLength(3);
    for (const row of servers) expect(row).toContain("The configuration gives no port for clients without TLS.");
  });

  it("draws the next term of an election when the leader resigns, with the reason for the end", inBrowser, async () => {
    await elections[0]?.current?.release();
    await eventually(() => text("#elections .terms"), {
      until: (said) => said?.includes("Its session continues: it resigned.") === true && said.includes("web-2"),
    });
    expect(await page.locator("#elections .lane rect").count()).toBe(2);
    await picture("light");
  });

  it("saves a znode over the version that is shown, and not over a later one", inBrowser, async () => {
    await page.getByLabel("Path").fill("/settings");
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByLabel("Data", { exact: true }).fill("limit=20");
    await page.getByRole("button", { name: "Save over version 0" }).click();
    await eventually(() => text("#said"), { until: (said) => said === "Saved as version 1." });
    await clients[1]?.setData("/settings", "limit=30");
    await page.getByRole("button", { name: "Save over version 1" }).click();
    await eventually(() => text("#said"), {
      until: (said) => said?.startsWith("Not saved: the data was changed") === true,
    });
    expect((await clients[1]?.getData("/settings"))?.data?.toString()).toBe("limit=30");
    // Chromium reports the answer 409.
    errors.splice(0, errors.length, ...errors.filter((error) => !error.includes("409")));
  });

  it.each(["light", "dark"] as const)("has no finding of axe: %s", inBrowser, async (colorScheme) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate("scrollTo(0, 0)");
    if (colorScheme === "dark") await picture("dark");
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults;
    expect(violations.map(({ id, impact, nodes }) => [id, impact, nodes[0]?.html])).toEqual([]);
  });

  it("fits a phone, and no script failed or was blocked", inBrowser, async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await picture("phone");
    expect(errors).toEqual([]);
  });
});
