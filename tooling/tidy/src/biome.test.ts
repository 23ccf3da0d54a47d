/*
 * The linter's settings (biome.json) enforce a part of the style. This test lints violations of each kind in a small workspace
 * with these settings: it fails if a rule is switched off, renamed, or overridden.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

interface FixtureFile {
  readonly title: string;
  readonly path: string;
  readonly text: string;
}

const client = (title: string, text: string, file = "peek.ts"): FixtureFile => {
  return { title, path: `packages/client/src/${file}`, text };
};
const lines = (count: number): string => "f();\n".repeat(count);

/** Violations by the rule that must find them. */
const REFUSED: Readonly<Record<string, readonly FixtureFile[]>> = {
  "suspicious/noImportCycles": [
    client(
      "two files that import each other",
      'import { b } from "./cycle-b.js";\nexport const a = b;\n',
      "cycle-a.ts",
    ),
    client("their other half", 'import { a } from "./cycle-a.js";\nexport const b = () => a;\n', "cycle-b.ts"),
    client("a cycle of types", 'import type { D } from "./type-d.js";\nexport type C = D[];\n', "type-c.ts"),
    client("its other half", 'import type { C } from "./type-c.js";\nexport type D = C | 1;\n', "type-d.ts"),
  ],
  "correctness/noUndeclaredDependencies": [
    client("a package that is not installed", 'import "left-pad";\n', "undeclared.ts"),
    client("a package that only developers have", 'import "fast-check";\n', "development.ts"),
    client("a package that is not installed, in a test", 'import "left-pad";\n', "undeclared.test.ts"),
  ],
  "performance/noReExportAll": [
    client("a star", 'export * from "./honest.js";\n', "star.ts"),
    client("a named star", 'export * as named from "./honest.js";\n', "named-star.ts"),
  ],
  "style/noDefaultExport": [
    client("a function", "export default function peek() {}\n", "default-function.ts"),
    client("a value", "export default 1;\n", "default-value.ts"),
    client("a list", "const a = 1;\nexport { a as default };\n", "default-list.ts"),
  ],
  "style/useFilenamingConvention": [
    client("a camel", "export const peek = 1;\n", "peekMe.ts"),
    client("a snake", "export const peek = 1;\n", "peek_me.ts"),
    client("a capital", "export const peek = 1;\n", "Peek.ts"),
  ],
  "style/noEnum": [client("an enum", "export enum Mode {\n  A,\n}\n", "enum.ts")],
  "style/noNamespace": [client("a namespace", "export namespace Mode {\n  export const a = 1;\n}\n", "namespace.ts")],
  "style/noParameterProperties": [
    client("a parameter property", "export class A {\n  constructor(readonly b: number) {}\n}\n", "property.ts"),
  ],
  "style/noExcessiveLinesPerFile": [
    client("a file too long", lines(401), "long.ts"),
    client("a test too long", lines(401), "long.test.ts"),
  ],
  "complexity/noExcessiveLinesPerFunction": [
    client("a function too long", `export function g() {\n${lines(71)}}\n`, "long-function.ts"),
    client("a method too long", `export class G {\n  async g() {\n${lines(71)}}\n}\n`, "long-method.ts"),
    client("an arrow too long", `export const g = () => {\n${lines(71)}};\n`, "long-arrow.ts"),
  ],
  "suspicious/noFocusedTests": [
    client("the only test", 'it.only("x", () => {});\n', "only.test.ts"),
    client("the only table of tests", 'describe.only.each([1])("x", () => {});\n', "only-table.test.ts"),
    client("the only suite", 'describe.only("x", () => {});\n', "only-suite.test.ts"),
  ],
  "suspicious/noSkippedTests": [
    client("a test left out", 'test.skip("x", () => {});\n', "skip.test.ts"),
    client("a suite left out", 'describe.skip("x", () => {});\n', "skip-suite.test.ts"),
  ],
  "suspicious/noConsole": [client("a message", 'console.warn("x");\n', "console.ts")],
  "style/noRestrictedImports": [
    ...["node:net", "@conclave/runtime"].map((from, index) => ({
      title: `a protocol that imports ${from}`,
      path: `packages/protocol/src/peek-${index}.ts`,
      text: `import type { Socket } from "${from}";\nexport type S = Socket;\n`,
    })),
  ],
};

/** Honest code that comes close. */
const ALLOWED: readonly FixtureFile[] = [
  client("named exports", "export const honest = 1;\n", "honest.ts"),
  client("a dependency, and a builtin", 'import "@conclave/protocol";\nimport "node:net";\n', "declared.ts"),
  client("a tool of developers, in a test", 'import "fast-check";\n', "declared.test.ts"),
  client("two ways to one file", 'export { honest } from "./honest.js";\n', "get-64-bit.apache.ts"),
  client("a file at the limit", lines(400), "limit.ts"),
  client("a suite, which is a table of tests", `describe("x", () => {\n${lines(90)}});\n`, "suite.test.ts"),
  { title: "settings of a tool", path: "packages/client/tsup.config.ts", text: "export default {};\n" },
  {
    title: "a protocol that imports its own files",
    path: "packages/protocol/src/peek.ts",
    text: 'import "./a.js";\nimport "../src/a.js";\n',
  },
  { title: "a command that prints", path: "packages/cli/src/peek.ts", text: 'console.log("x");\n' },
];

const MANIFESTS: readonly FixtureFile[] = ["client", "protocol", "cli"].map((id) => ({
  title: id,
  path: `packages/${id}/package.json`,
  text: JSON.stringify({
    name: `@conclave/${id}`,
    dependencies: { "@conclave/protocol": "*" },
    devDependencies: { "fast-check": "*" },
  }),
}));

const RULES = new Set(Object.keys(REFUSED));
const refused = Object.values(REFUSED).flat();

let folder: string;
/** Rules by the file in which they found a violation; of {@link REFUSED} only. */
let found: ReadonlyMap<string, ReadonlySet<string>>;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "conclave-biome-")));
  await cp(fileURLToPath(new URL("../../../biome.json", import.meta.url)), join(folder, "biome.json"));
  for (const { path, text } of [...MANIFESTS, ...refused, ...ALLOWED]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  found = readFindings(await lint(folder));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(Object.entries(REFUSED))("%s", (rule, files) => {
  it.each(files)("refuses $title", ({ path }) => {
    expect([...(found.get(path) ?? [])]).toContain(rule);
  });
});

it.each(ALLOWED)("no rule refuses $title", ({ path }) => {
  expect([...(found.get(path) ?? [])]).toEqual([]);
});

function lint(cwd: string): Promise<string> {
  const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
  const args = [biome, "lint", "--vcs-enabled=false", "--max-diagnostics=none", "--reporter=github", "."];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 1 << 26 }, (_error, stdout) => resolve(stdout));
  });
}

/** Reads lines such as `::error title=lint/style/noEnum,file=/tmp/x/packages/client/src/enum.ts,line=1,…`. */
function readFindings(output: string): Map<string, Set<string>> {
  const findings = new Map<string, Set<string>>();
  for (const [, rule, path] of output.matchAll(/^::error title=lint\/([\w/]+),file=([^,]+),/gm)) {
    if (!RULES.has(rule!)) continue;
    const file = relative(folder, path!).replaceAll("\\", "/");
    findings.set(file, (findings.get(file) ?? new Set()).add(rule!));
  }
  return findings;
}
