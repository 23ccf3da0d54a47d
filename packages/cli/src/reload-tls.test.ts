import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { expect, it, onTestFinished } from "vitest";
import { reloadTls } from "./reload-tls.js";

it("reloads changed files, and logs files that it cannot read", async () => {
  const folder = mkdtempSync(join(tmpdir(), "conclave-reload-"));
  const keyStore = join(folder, "server.pem");
  const trustStore = join(folder, "trust.pem");
  writeFileSync(keyStore, "first key");
  writeFileSync(trustStore, "first trust");
  const taken: string[] = [];
  const warnings: string[] = [];
  const stop = reloadTls({
    properties: { "ssl.keyStore.location": keyStore, "ssl.trustStore.location": trustStore },
    server: {
      reloadTls({ key, ca }) {
        if (String(key) === "bad key") throw new Error("no key");
        taken.push(`${key}, ${ca}`);
      },
    },
    logger: { ...silentLogger, warn: (message) => void warnings.push(message) },
    intervalMs: 10,
  });
  onTestFinished(() => {
    stop();
    rmSync(folder, { recursive: true });
  });
  await eventually(() => {
    // Time and again: what is written before the first look at the files is no change.
    writeFileSync(keyStore, "second key");
    return taken.at(-1) === "second key, first trust";
  });
  writeFileSync(keyStore, "bad key");
  await eventually(() => expect(warnings).not.toEqual([]));
  writeFileSync(keyStore, "third key");
  writeFileSync(trustStore, "second trust");
  await eventually(() => expect(taken.at(-1)).toBe("third key, second trust"));
});
