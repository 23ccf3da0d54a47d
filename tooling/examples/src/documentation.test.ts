import { join } from "node:path";
import { CreateMode, connect, type ZooKeeper } from "@conclave/client";
import { type Ensemble, startEnsemble } from "@conclave/server";
import { loadWorkspace } from "@conclave/tidy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Example, readInstallation } from "./example.ts";
import { brokenLinks, readDocuments, unknownCommands, unprovenClaims } from "./references.ts";
import { runExample } from "./run-example.ts";
import { typeCheck } from "./type-check.ts";

const root = join(import.meta.dirname, "../../..");
const workspace = loadWorkspace(root);
const documents = readDocuments(workspace);
const examples: Example[] = [...documents].flatMap(([document, { blocks }]) =>
  blocks.filter(({ language }) => language === "ts").map((block) => ({ ...block, document })),
);

const fail = (message: string): never => {
  const error = new Error(`\n${message}\n`);
  error.stack = "";
  throw error;
};

describe.each([...documents])("%s", (path, document) => {
  it("has links, tests and commands that exist", () => {
    const problems = [
      ...brokenLinks(path, workspace, documents),
      ...unprovenClaims(path, workspace, document),
      ...unknownCommands(path, workspace, document),
    ];
    if (problems.length > 0) fail(problems.join("\n"));
  });
});

describe("the examples", () => {
  let ensemble: Ensemble;
  let zk: ZooKeeper;
  let messages: Map<Example, string>;

  beforeAll(async () => {
    messages = typeCheck(root, examples, readInstallation(root));
    ensemble = await startEnsemble();
    zk = await connect(ensemble.connectString);
  });
  afterAll(async () => {
    await zk?.close();
    await ensemble?.close();
  });

  it("are found", () => {
    expect(examples.map(({ document }) => document)).toContain("README.md");
  });

  it.each(examples.map((example) => [nameOf(example), example] as const))("%s", async (_name, example) => {
    const message = messages.get(example)!;
    if (message !== "") fail(message);
    if (example.tags.includes("no-run")) return;
    const chroot = await zk.create("/example-", null, { mode: CreateMode.PERSISTENT_SEQUENTIAL });
    const { code, output } = await runExample(root, example, ensemble.connectString + chroot);
    if (code !== 0) fail(`${example.document}:${example.line}: the example ended with code ${code}\n${output}`);
  });
});

function nameOf({ document, heading, line }: Example): string {
  return `${document}: ${heading} (line ${line})`;
}
