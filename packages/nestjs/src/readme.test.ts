import { readFileSync } from "node:fs";
import * as client from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import * as common from "@nestjs/common";
import * as core from "@nestjs/core";
import * as schedule from "@nestjs/schedule";
import ts from "typescript";
import { afterEach, beforeAll, it, vi } from "vitest";
import * as nestjs from "./index.js";

const modules: Readonly<Record<string, object>> = {
  "@conclave/nestjs": nestjs,
  "@nestjs/common": common,
  "@nestjs/core": core,
  "@nestjs/schedule": schedule,
};
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code ?? "");

/** Runs an example with imports from the sources here; resolves with its `app`. */
async function run(example: string): Promise<common.INestApplicationContext> {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, experimentalDecorators: true };
  const script = ts.transpileModule(example, { compilerOptions }).outputText;
  const body = script.replace(
    /^import (\{[^}]*\}) from "([^"]+)";$/gm,
    (_, names: string, from: string) => `const ${names} = modules[${JSON.stringify(from)}];`,
  );
  const AsyncFunction = Object.getPrototypeOf(run).constructor as new (
    ...code: string[]
  ) => (given: object) => Promise<common.INestApplicationContext>;
  return new AsyncFunction("modules", `${body}\nreturn app;`)(modules);
}

describeOnEachEnsemble("the first example of the README", (ensemble: EnsembleUnderTest) => {
  beforeAll(async () => {
    const zk = await client.connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
    await zk.close();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    common.Logger.overrideLogger(true);
  });

  it("runs", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    common.Logger.overrideLogger(false);

    const app = await run(examples[0]!.replace("127.0.0.1:2181", ensemble.connectString() + ensemble.root));
    await eventually(() => /report, under token \d+/.test(log.mock.calls.join("\n")));
    await app.close();
  });
});
