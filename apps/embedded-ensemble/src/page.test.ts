/** The page in a browser, with three replicas behind it. `CONCLAVE_SCREENSHOTS=1` takes the picture of docs/images again. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumArgs, prepareChromium } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Replicas } from "./chaos/replicas.js";

const found = await prepareChromium({ progress: (line) => console.error(`… ${line}`) });
if (!found.available && process.env.CONCLAVE_REQUIRE_SERVICES === "1") {
  throw new Error(`CONCLAVE_REQUIRE_SERVICES is 1, but Chromium cannot be had: ${found.reason}`);
}
const inBrowser = found.available
  ? {}
  : { skip: true, meta: { skippedBecause: `no Chromium: ${found.reason}` } as object };

const images = join(import.meta.dirname, "../../../docs/images");

describe("the page of the replicas", () => {
  const stack = new AsyncDisposableStack();
  const errors: string[] = [];
  let replicas: Replicas;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    if (!found.available) return;
    const folder = await mkdtemp(join(tmpdir(), "embedded-ensemble-page-"));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const settings = { folder, database: join(folder, "invoices.sqlite"), periodMs: 500, sessionTimeoutMs: 40_000 };
    replicas = stack.use(await Replicas.start(settings, new AbortController()));
    browser = await chromium.launch({ executablePath: found.command, args: [...chromiumArgs], timeout: 0 });
    stack.defer(() => browser.close());
    await replicas.whenReady(1);
    await replicas.whenAgreed();
    page = await browser.newPage({ viewport: { width: 1120, height: 640 }, colorScheme: "light" });
    // The bound of the test holds.
    page.setDefaultTimeout(0);
    page.on("pageerror", (error) => void errors.push(String(error)));
    page.on("console", (message) => void (message.type() === "error" && errors.push(message.text())));
    await page.goto(replicas.urlOf(1));
  });
  afterAll(() => stack.disposeAsync());

  it("shows the replicas, the leader of the ensemble, and the one that makes the invoice runs", inBrowser, async () => {
    await eventually(() => page.locator("#state").textContent(), {
      until: (text) => /^Replica \d leads the ensemble, replica \d makes the invoice runs$/.test(text ?? ""),
    });
    expect(await page.locator("#replicas b").allTextContents()).toEqual([
      "Replica 1 (this one)",
      "Replica 2",
      "Replica 3",
    ]);
    expect(await page.locator("#replicas .ready").count()).toBe(3);
  });

  it("places an order with its button, and shows the run that closes it", inBrowser, async () => {
    await page.getByRole("button", { name: "Place an order" }).click();
    await eventually(() => page.locator("#runs tr td:nth-child(2)").allTextContents(), {
      until: (orders) => orders.includes("1"),
    });
    if (process.env.CONCLAVE_SCREENSHOTS !== "1") return;
    await mkdir(images, { recursive: true });
    await page.screenshot({ path: join(images, "embedded-ensemble.png"), animations: "disabled" });
  });

  it("allows only scripts, styles and requests of its own origin", inBrowser, async () => {
    const response = await fetch(replicas.urlOf(1));
    expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(await response.text()).not.toMatch(/<script>|<style|\son\w+=|\sstyle=/);
  });

  it("follows the colors that the reader prefers, and fits a screen of 360 pixels", inBrowser, async () => {
    const ground = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    expect(await ground()).toBe("rgb(244, 246, 248)");
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await ground()).toBe("rgb(21, 24, 28)");
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(errors).toEqual([]);
  });
});
