import type { PrepareOptions } from "./apache.ts";
import { aptInstall } from "./apt.ts";
import type { Availability } from "./availability.ts";
import { runCommand } from "./run-command.ts";

/** A browser of this machine that can be driven without a screen. */
export interface Chromium {
  /** The executable. */
  readonly command: string;
  /** As it calls itself, such as `138.0.7204.49`. */
  readonly version: string;
}

const candidates = (): readonly string[] => [
  ...(process.env.CHROME_PATH === undefined ? [] : [process.env.CHROME_PATH]),
  "chromium",
  "chromium-browser",
  "google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Arguments that keep a browser to what it is told to open: no screen, no service of its maker, no first-run page. */
export const chromiumArgs: readonly string[] = [
  "--headless",
  // Where tests run as root, which is where they may install things, the sandbox refuses to start.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Looks for Chromium, or Chrome: `CHROME_PATH`, then `PATH`, then the usual places. Installs nothing. */
export const findChromium = async (): Promise<Availability<Chromium>> => {
  for (const name of candidates()) {
    const { code, output } = await runCommand(name, ["--version"]);
    const version = /(\d+(?:\.\d+){3})/.exec(output)?.[1];
    if (code !== 0 || version === undefined) continue;
    const where = name.includes("/") ? name : (await runCommand("which", [name])).output.trim();
    return { available: true, command: where, version };
  }
  return { available: false, reason: "found no Chromium by CHROME_PATH, on PATH or in the usual places" };
};

/** Finds Chromium, or installs it with apt on Debian as root. (Ubuntu's package of that name is none.) Never rejects. */
export const prepareChromium = async (options: PrepareOptions = {}): Promise<Availability<Chromium>> => {
  const found = await findChromium();
  if (found.available) return found;
  const installed = await aptInstall(["chromium"], options.progress);
  if (installed.available) return findChromium();
  return { available: false, reason: [found.reason, installed.reason].join("; ") };
};
