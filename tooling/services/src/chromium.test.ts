import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { chromiumArgs, findChromium } from "./chromium.ts";
import { runCommand } from "./process/run-command.ts";

const found = await findChromium();
const options = found.available
  ? {}
  : { skip: true, meta: { skippedBecause: `no Chromium: ${found.reason}` } as object };

it("the found browser runs the script of a page without a screen", options, async () => {
  if (!found.available) return;
  const folder = await mkdtemp(join(tmpdir(), "conclave-chromium-"));
  try {
    const page = "data:text/html,<p id=p></p><script>p.textContent = 6 * 7</script>";
    const args = [...chromiumArgs, `--user-data-dir=${folder}`, "--dump-dom", page];
    const { code, output } = await runCommand(found.command, args);
    expect([code, /<p id="p">(.*?)<\/p>/.exec(output)?.[1]]).toEqual([0, "42"]);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
});
