import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import * as client from "@conclave/client";
import { describeOnEachEnsemble, type EnsembleUnderTest } from "@conclave/vitest";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import * as recipes from "./index.js";

const modules: Readonly<Record<string, object>> = { "@conclave/client": client, "@conclave/recipes": recipes };
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code ?? "");

/** Runs an example as a module whose imports are the sources here. */
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

describeOnEachEnsemble("the example of the README", (ensemble: EnsembleUnderTest) => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  beforeAll(async () => {
    const zk = await client.connect(ensemble.connectString());
    await zk.create(ensemble.root);
    await zk.close();
  });

  it("runs", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    expect(examples).toHaveLength(1);
    await run(examples[0]!.replace("127.0.0.1:2181", ensemble.connectString() + ensemble.root));
    expect(log.mock.calls.flat()).toEqual([expect.stringMatching(/^leads with token \d+$/)]);
    const zk = await client.connect(ensemble.connectString() + ensemble.root);
    await zk.sync("/");
    expect((await zk.getData("/report")).data?.toString()).toBe("43");
    await zk.close();
  });
});
