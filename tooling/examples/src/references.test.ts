import { describe, expect, it } from "vitest";
import { brokenLinks, readDocuments, unknownCommands, unprovenClaims } from "./references.ts";

const problemsOf = (files: Record<string, string>, path = "README.md"): string[] => {
  const workspace = { files: new Map(Object.entries(files)) };
  const documents = readDocuments(workspace);
  const document = documents.get(path)!;
  return [
    ...brokenLinks(path, workspace, documents),
    ...unprovenClaims(path, workspace, document),
    ...unknownCommands(path, workspace, document),
  ];
};

describe("links", () => {
  const files = { "docs/a b.md": "# One Two", "packages/x/README.md": "# X\n[up](../../docs)", LICENSE: "" };

  it("may lead to files, folders and headings, relative to the document", () => {
    const text =
      "# Top\n[](#top) [](docs/a%20b.md#one-two) [](packages/x/) [](packages/x#x) [](/LICENSE) [](./LICENSE#L3)";
    expect(problemsOf({ ...files, "README.md": text })).toEqual([]);
    expect(problemsOf(files, "packages/x/README.md")).toEqual([]);
  });

  it("are refused when the file, the folder or the heading is missing", () => {
    const text = "[](docs/b.md)\n[](packages/y)\n[](docs/a%20b.md#three) [](#top)\n[](../LICENSE)";
    expect(problemsOf({ ...files, "README.md": text })).toEqual([
      'README.md:1: the link "docs/b.md" leads to docs/b.md, which does not exist',
      'README.md:2: the link "packages/y" leads to packages/y, which does not exist',
      'README.md:3: the link "docs/a%20b.md#three" leads to a heading that does not exist',
      'README.md:3: the link "#top" leads to a heading that does not exist',
      'README.md:4: the link "../LICENSE" leads to ../LICENSE, which does not exist',
    ]);
  });

  it("may lead to pictures", () => {
    const workspace = {
      files: new Map([["README.md", "![](docs/a.png) [](docs)"]]),
      binaries: new Set(["docs/a.png"]),
    };
    expect(brokenLinks("README.md", workspace, readDocuments(workspace))).toEqual([]);
  });

  it("to elsewhere are not followed", () => {
    expect(problemsOf({ "README.md": "[](https://example.org/x) <mailto:a@example.org> [](mailto:a@b)" })).toEqual([]);
  });
});

describe("links to tests", () => {
  const files = { "src/a.test.ts": 'it("gets null as null", () => {});' };

  it("name a test in the file", () => {
    expect(problemsOf({ ...files, "docs/x.md": '[yes](../src/a.test.ts "gets null as null")' }, "docs/x.md")).toEqual(
      [],
    );
    expect(problemsOf({ ...files, "README.md": '\n[yes](src/a.test.ts "gets null as empty")' })).toEqual([
      'README.md:2: there is no test "gets null as empty" in src/a.test.ts',
    ]);
  });
});

describe("commands", () => {
  const manifest = { packageManager: "pnpm@1.2.3", scripts: { test: "t" }, devDependencies: { "@x/tool": "1" } };
  const files = {
    "package.json": JSON.stringify(manifest),
    "apps/demo/package.json": JSON.stringify({ name: "@x/demo", scripts: { start: "s" } }),
  };

  it.each([
    "npx --yes pnpm@1.2.3 test     # all tests",
    "pnpm run test",
    "pnpm install",
    "pnpm tool check",
    "pnpm --filter @x/demo... start",
    "pnpm --version",
    "pnpm <script>",
    "pnpm",
    "npm test",
  ])("%s is one of ours", (command) => {
    expect(problemsOf({ ...files, "README.md": `    ${command}` })).toEqual([]);
  });

  it.each([
    ["npx --yes pnpm@1.2.4 test", "asks for pnpm 1.2.4, and package.json for pnpm@1.2.3"],
    ["npx --yes pnpm@1.2.3 demo", 'names "demo", which is no script of package.json'],
    ["pnpm run start", 'names "start", which is no script of package.json'],
    ["pnpm --filter=@x/demo test", 'names "test", which is no script of apps/demo/package.json'],
    ["pnpm -F @x/other start", 'names "start", which is no script of @x/other'],
  ])("%s is refused", (command, problem) => {
    expect(problemsOf({ ...files, "README.md": `\n\`${command}\`` })).toEqual([`README.md:2: "${command}" ${problem}`]);
  });
});
