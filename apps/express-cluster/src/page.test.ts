/**
 * The page in a browser, with real processes behind it. `CONCLAVE_SCREENSHOTS=1` writes the pictures of docs/images anew.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { CreateMode, connect } from "@conclave/client";
import { chromiumArgs, prepareChromium } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lowContrasts } from "./low-contrasts.js";

const found = await prepareChromium({ progress: (what) => console.error(`… ${what}`) });
if (!found.available && process.env.CONCLAVE_REQUIRE_SERVICES === "1") {
  throw new Error(`CONCLAVE_REQUIRE_SERVICES is 1, but Chromium cannot be had: ${found.reason}`);
}
const inBrowser = found.available
  ? {}
  : { skip: true, meta: { skippedBecause: `no Chromium: ${found.reason}` } as object };

/** Short, since a test waits until the session of a killed process ends; long enough for a busy machine. */
const SESSION_TIMEOUT_MS = "8000";

const images = join(import.meta.dirname, "../../../docs/images");

describeOnEachEnsemble("the page of the cluster", (ensemble: EnsembleUnderTest) => {
  let main: ChildProcess;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  const picture = async (name: string): Promise<void> => {
    if (process.env.CONCLAVE_SCREENSHOTS !== "1" || ensemble.kind !== "conclave") return;
    await mkdir(images, { recursive: true });
    await page.screenshot({ path: join(images, `express-cluster-${name}.png`), animations: "disabled" });
  };
  const headline = async (): Promise<string> => (await page.locator("h1").textContent()) ?? "";
  /** The sentences of the story since the page was opened, as far as a call has seen them: the page keeps the last ones only. */
  const sentences = new Set<string>();
  const story = async (): Promise<string[]> => {
    for (const sentence of await page.locator("#story li span").allTextContents()) sentences.add(sentence);
    return [...sentences];
  };
  const owners = (): Promise<string[]> => page.locator(".key .owner").allTextContents();
  const card = (name: string) => page.locator(".member", { has: page.getByText(name, { exact: true }) });

  beforeAll(async () => {
    if (!found.available) return;
    const zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
    await zk.close();
    const servers = ensemble.connectString() + ensemble.root;
    const program = join(import.meta.dirname, "../dist/main.js");
    const args = [`--servers=${servers}`, "--port=0", "--instances=4"];
    // The settings of this process are those of the test runner.
    main = fork(program, args, {
      execArgv: [],
      env: { ...process.env, SESSION_TIMEOUT_MS },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const failed = once(main, "close").then(([code]) => {
      throw new Error(`${program} ended with code ${code}: is it built?`);
    });
    failed.catch(() => {});
    const [{ url }] = (await Promise.race([once(main, "message"), failed])) as [{ readonly url: string }];
    browser = await chromium.launch({ executablePath: found.command, args: [...chromiumArgs], timeout: 0 });
    page = await browser.newPage({ viewport: { width: 1120, height: 800 }, colorScheme: "light" });
    // The bound of the test holds.
    page.setDefaultTimeout(0);
    page.on("pageerror", (error) => void errors.push(String(error)));
    await page.goto(url);
  });
  afterAll(async () => {
    await browser?.close();
    if (main?.exitCode !== null) return;
    const ended = once(main, "close");
    main.kill("SIGTERM");
    await ended;
  });

  it("shows the members, the leader, and an owner for each key", inBrowser, async () => {
    await eventually(headline, { until: (text) => text === "4 processes, led by web-1" });
    await eventually(owners, { until: ({ length }) => length === 24 });
    expect(new Set(await owners())).toEqual(new Set(["web-1", "web-2", "web-3", "web-4"]));
    expect(await card("web-1").locator(".role").textContent()).toMatch(/^★ leads · token \d+$/);
    await picture("before");
  });

  it("sends a request for a key to its owner and shows which process answered", inBrowser, async () => {
    const tile = page.locator(".key", { hasText: "oslo" });
    const owner = await tile.locator(".owner").textContent();
    await tile.click();
    const through = owner === "web-1" ? "" : ", asked through web-1";
    await eventually(() => page.locator("#answer").textContent(), {
      until: (text) => text === `oslo: ${owner} answered${through}`,
    });
  });

  it(
    "switches to another process when the leader that served it is killed; another leads, and only the keys of the killed one move",
    inBrowser,
    async () => {
      const before = await owners();
      const pid = /pid (\d+)/.exec((await card("web-1").textContent()) ?? "")?.[1];
      process.kill(Number(pid), "SIGKILL");
      await eventually(() => card("web-1").locator(".state").textContent(), {
        until: (text) => text?.startsWith("does not answer") === true,
      });
      await eventually(headline, { until: (text) => /^3 processes, led by web-[234]$/.test(text) });
      const after = await eventually(owners, { until: (names) => !names.includes("web-1") });
      expect(after.filter((owner, key) => before[key] !== "web-1" && owner !== before[key])).toEqual([]);
      await eventually(story, { until: (told) => told.includes("web-1 died: its session has ended") });
      await eventually(story, {
        until: (told) => told.some((sentence) => /^web-[234] leads, with token/.test(sentence)),
      });
      await eventually(story, { until: (told) => told.some((sentence) => /keys? moved$/.test(sentence)) });
      await picture("after");
    },
  );

  it(
    "starts a process with a button, and drains one with another: its keys move, and it leaves",
    inBrowser,
    async () => {
      await page.getByRole("button", { name: "Start another" }).click();
      await eventually(headline, { until: (text) => text.startsWith("4 processes") });
      await page.getByRole("button", { name: "Drain web-3" }).click();
      await eventually(story, { until: (told) => told.includes("web-3 drains") });
      await eventually(owners, { until: (names) => !names.includes("web-3") && names.includes("web-5") });
      await eventually(headline, { until: (text) => text.startsWith("3 processes") });
      await eventually(story, { until: (told) => told.includes("web-3 left") && told.includes("web-5 joined") });
    },
  );

  it("shows control characters in ids and metadata of members as escapes", inBrowser, async () => {
    await using zk = await connect(ensemble.connectString() + ensemble.root, PATIENT_SESSION);
    const record = { url: "http://127.0.0.1:9", status: "up", metadata: { pid: "1\u20662" } };
    const path = "/conclave/groups/express-cluster/web-\u202e9\u2028";
    await zk.create(path, JSON.stringify(record), { mode: CreateMode.EPHEMERAL });
    await eventually(() => page.locator("#members").textContent(), {
      until: (text) => text?.includes("web-\\u202e9\\u2028") === true && text.includes("pid 1\\u20662"),
    });
    await eventually(story, { until: (told) => told.includes("web-\\u202e9\\u2028 joined") });
    const controls = /[\p{Cf}\p{Zl}\p{Zp}]/u;
    expect(await page.locator("body").textContent()).not.toMatch(controls);
    for (const button of await page.getByRole("button").all()) {
      expect((await button.getAttribute("aria-label")) ?? "").not.toMatch(controls);
    }
    await zk.delete(path);
    await eventually(headline, { until: (text) => text.startsWith("3 processes") });
  });

  it.each(["light", "dark"] as const)(
    "has a contrast of at least 4.5 to 1 in each text: %s",
    inBrowser,
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      expect(await page.evaluate(lowContrasts)).toEqual([]);
    },
  );

  it("fits a screen of 360 pixels, and each button has an accessible name", inBrowser, async () => {
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    for (const button of await page.getByRole("button").all()) {
      expect((await button.getAttribute("aria-label")) ?? (await button.textContent())).toMatch(/\w/);
    }
    expect(errors).toEqual([]);
  });
});
