import { aptInstall } from "./install/apt.ts";
import type { Availability, PrepareOptions } from "./install/availability.ts";
import { runCommand } from "./process/run-command.ts";

/** A browser on this machine that runs without a screen. */
export interface Chromium {
  /** The executable. */
  readonly command: string;
  /** Version that the browser prints, such as `138.0.7204.49`. */
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

/** Arguments for a browser without a screen, without background services and without a first-run page. */
export const chromiumArgs: readonly string[] = [
  "--headless",
  // The sandbox does not start as root, and tests that may install packages run as root.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Finds Chromium or Chrome by `CHROME_PATH`, on `PATH` or in the usual places, in this order. Installs nothing. */
export const findChromium = async (): Promise<Availability<Chromium>> => {
  for (const name of candidates()) {
    const { code, output } = await runCommand(name, ["--version"]);
    const version = /(\d+(?:\.\d+){3})/.exec(output)?.[1];
    if (code !== 0 || version === undefined) continue;
    const command = name.includes("/") ? name : (await runCommand("which", [name])).output.trim();
    return { available: true, command, version };
  }
  return { available: false, reason: "found no Chromium by CHROME_PATH, on PATH or in the usual places" };
};

/** Finds Chromium, or installs it with apt on Debian as root. (Ubuntu's package `chromium` holds no browser.) Never rejects. */
export const prepareChromium = async (options: PrepareOptions = {}): Promise<Availability<Chromium>> => {
  const found = await findChromium();
  if (found.available) return found;
  const installed = await aptInstall(["chromium"], options.progress);
  if (installed.available) return findChromium();
  return { available: false, reason: [found.reason, installed.reason].join("; ") };
};
