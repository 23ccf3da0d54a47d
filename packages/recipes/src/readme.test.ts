import { globSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { inspect } from "node:util";
import * as client from "@conclave/client";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import * as recipes from "./index.js";
import * as serviceRegistry from "./service-registry/index.js";

const modules: Readonly<Record<string, object>> = {
  "@conclave/client": client,
  "@conclave/recipes": recipes,
  "@conclave/recipes/service-registry": serviceRegistry,
};
const root = join(import.meta.dirname, "..");

/** The examples and their output, which is the text block after each of them. */
const examples = globSync("{README.md,src/*/README.md}", { cwd: root }).flatMap((document) => {
  const text = readFileSync(join(root, document), "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```\n(?:\n```text\n(.*?)^```)?/gms)];
  return blocks.map(([, code = "", output = ""]) => ({ document, code, output }));
});

/** Runs an example; its imports are replaced by the source modules of this package. */
async function run(example: string): Promise<void> {
  const body = stripTypeScriptTypes(example).replace(
    /^import (\{[^}]*\}) from "([^"]+)";$/gm,
    (_, names: string, from: string) => `const ${names} = modules[${JSON.stringify(from)}];`,
  );
  const AsyncFunction = Object.getPrototypeOf(run).constructor as new (
    ...code: string[]
  ) => (m: object) => Promise<void>;
  await new AsyncFunction("modules", body)(modules);
}

const line = (values: readonly unknown[]): string =>
  values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" ");

describeOnEachEnsemble("the examples of the READMEs", (ensemble: EnsembleUnderTest) => {
  let count = 0;

  afterEach(() => {
    vi.restoreAllMocks();
  });
  beforeAll(async () => {
    const zk = await client.connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
    await zk.close();
  });

  it("include at least one for each recipe", () => {
    const documents = new Set(examples.map(({ document }) => document));
    const entries = globSync("src/*/index.ts", { cwd: root }).map((entry) => entry.replace("index.ts", "README.md"));
    // The two queues share a README.
    for (const entry of entries) expect(documents).toContain(entry.replace("priority-queue", "queue"));
  });

  it.each(examples)("run and print the stated output: $document", async ({ code, output }) => {
    const chroot = `${ensemble.root}/${++count}`;
    const zk = await client.connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(chroot);
    await zk.close();
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    await run(code.replace("127.0.0.1:2181", ensemble.connectString() + chroot));
    expect(log.mock.calls.map(line).join("\n")).toBe(output.trim());
  });
});
