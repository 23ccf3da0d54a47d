import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { expect, it, onTestFinished } from "vitest";
import { reloadQuorumTls, reloadTls } from "./reload-tls.js";

type Take = (tls: { readonly key?: string | Buffer | undefined; readonly ca?: string | Buffer | undefined }) => void;
type Common = Omit<Parameters<typeof reloadTls>[0], "server">;

it.each([
  ["clients", "ssl", (options: Common, take: Take) => reloadTls({ ...options, server: { reloadTls: take } })],
  [
    "other servers",
    "ssl.quorum",
    (options: Common, take: Take) => reloadQuorumTls({ ...options, server: { reloadQuorumTls: take } }),
  ],
])("reloads changed files for %s, and logs files that it cannot read", async (_, prefix, reload) => {
  const folder = mkdtempSync(join(tmpdir(), "conclave-reload-"));
  const keyStore = join(folder, "server.pem");
  const trustStore = join(folder, "trust.pem");
  writeFileSync(keyStore, "first key");
  writeFileSync(trustStore, "first trust");
  const taken: string[] = [];
  const warnings: string[] = [];
  const options = {
    properties: { [`${prefix}.keyStore.location`]: keyStore, [`${prefix}.trustStore.location`]: trustStore },
    logger: { ...silentLogger, warn: (message: string) => void warnings.push(message) },
    intervalMs: 10,
  };
  const stop = reload(options, ({ key, ca }) => {
    if (String(key) === "bad key") throw new Error("no key");
    taken.push(`${key}, ${ca}`);
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
