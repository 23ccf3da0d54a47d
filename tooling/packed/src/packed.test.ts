import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Analysis, checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { budgetKib } from "./budgets.ts";
import { NpmProject } from "./npm-project.ts";
import { type Packed, packAll } from "./pack.ts";

const packages = join(import.meta.dirname, "../../../packages");
/** npm waits for a registry, and compilers are slow on a busy machine. */
const INSTALL_MS = 900_000;
const tools = { typescript: "~5.9.0", "@types/node": "^22.0.0" };
/** npm's package of the oldest supported Node.js for this machine. */
const oldNode = { name: `node-${process.platform}-${process.arch}`, version: "~20.19.0" };

let folder = "";
let all: Packed[] = [];

const named = (...names: string[]): Packed[] =>
  all.filter(({ name }) => names.includes(name.slice("@conclave/".length)));
const decorated = "ran as the leader, with a bigint\n";
const base = ["client", "protocol", "recipes", "runtime", "server"];

beforeAll(async () => {
  const unbuilt = readdirSync(packages).filter((name) => !existsSync(join(packages, name, "dist")));
  if (unbuilt.length > 0) throw new Error(`not built: ${unbuilt.join(", ")}: build first (pnpm build)`);
  folder = mkdtempSync(join(tmpdir(), "conclave-packed-"));
  all = await packAll(folder);
}, INSTALL_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(readdirSync(packages))("the package %s", (name) => {
  const tarball = (): Buffer => readFileSync(named(name)[0]!.tarball);

  it("is well formed, by publint", async () => {
    const { buffer, byteOffset, byteLength } = tarball();
    const pack = { tarball: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer };
    const { messages, pkg } = await publint({ pack, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg!, { color: false }))).toEqual([]);
  });

  it("has types that resolve as the code does, by attw", async () => {
    const result = await checkPackage(createPackageFromTarballData(tarball()));
    expect(result.types).toBeTruthy();
    // The command alone is ES modules only.
    const allowed: readonly string[] = name === "cli" ? ["CJSResolvesToESM", "NoResolution"] : [];
    expect((result as Analysis).problems.filter(({ kind }) => !allowed.includes(kind))).toEqual([]);
  });

  it("is within its budget of size", () => {
    expect(tarball().length / 1024).toBeLessThanOrEqual(budgetKib(name));
  });

  it("shows its classes under their own names", () => {
    const dist = join(packages, name, "dist");
    const files = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((file) => /\.c?js$/.test(file));
    const renamed = files.flatMap(
      (file) => readFileSync(join(dist, file), "utf8").match(/^var \w+ = class _\w+/gm) ?? [],
    );
    expect(renamed).toEqual([]);
  });
});

describe("a project outside of the workspace, with npm", () => {
  let project: NpmProject;
  let ours: Packed[];
  const nodes = (): readonly string[] => [
    process.execPath,
    join(project.folder, `node_modules/${oldNode.name}/bin/node`),
  ];
  const starter = (): string => join(project.folder, "nest-11-starter");
  const held = "held a lock, with a bigint\n";

  beforeAll(async () => {
    const others = {
      ...tools,
      ...{
        "@nestjs/common": "^11.0.0",
        "@nestjs/core": "^11.0.0",
        "@nestjs/testing": "^11.0.0",
        "@nestjs/terminus": "^11.0.0",
      },
      ...{ "reflect-metadata": "^0.2.0", rxjs: "^7.8.0", "@opentelemetry/api": "^1.9.0" },
      ...{
        jest: "^30.0.0",
        "@types/jest": "^30.0.0",
        "ts-jest": "^29.4.0",
        "@swc/jest": "^0.2.0",
        "@swc/core": "^1.16.0",
      },
      ...{ vitest: "^5.0.0", express: "^5.0.0", "@types/express": "^5.0.0" },
      [oldNode.name]: oldNode.version,
    };
    ours = named(...base, "nestjs", "membership", "express", "testing", "cli");
    const samples = ["nest", "nest-11-starter", "express", "plain", "node10"];
    project = await NpmProject.install(join(folder, "nest-11"), samples, { ours, others });
  }, INSTALL_MS);

  it("runs a decorated method in NestJS 11", async () => {
    await project.compile("nest");
    expect(await project.run(process.execPath, "nest/dist/main.js")).toBe(decorated);
  });

  it(
    "runs a decorated method in NestJS 12",
    async () => {
      const nest = {
        "@nestjs/common": "^12.0.0",
        "@nestjs/core": "^12.0.0",
        "reflect-metadata": "^0.2.0",
        rxjs: "^7.8.0",
      };
      const latest = await NpmProject.install(join(folder, "nest-12"), ["nest"], {
        ours: named(...base, "nestjs"),
        others: { ...tools, ...nest },
      });
      await latest.compile("nest");
      expect(await latest.run(process.execPath, "nest/dist/main.js")).toBe(decorated);
    },
    INSTALL_MS,
  );

  it("passes the tests of NestJS 11's starter with Jest and ts-jest, on the oldest Node.js, too", async () => {
    for (const node of nodes())
      await project.run(node, project.bin("jest"), "--ci", "--config", join(starter(), "package.json"));
  });

  it("passes the same tests with Jest and @swc/jest, and with Vitest", async () => {
    await project.run(process.execPath, project.bin("jest"), "--ci", "--config", join(starter(), "jest.swc.json"));
    await project.run(process.execPath, project.bin("vitest"), "run", "--globals", "--root", starter());
  });

  it("is a member of a cluster in Express 5", async () => {
    await project.compile("express");
    expect(await project.run(process.execPath, "express/dist/main.js")).toBe('members ["web-1"], led\n');
  });

  it("holds a lock as an ES module and as CommonJS, on the oldest Node.js, too", async () => {
    await project.compile("plain");
    for (const node of nodes()) {
      expect(await project.run(node, "plain/dist/main.js")).toBe(held);
      expect(await project.run(node, "plain/common.cjs")).toBe(held);
      await project.run(node, "--test", "plain/test-lock.cjs");
    }
  });

  it("holds a lock in a service with `module: commonjs` and the resolution of Node.js 10", async () => {
    await project.compile("node10");
    for (const node of nodes()) expect(await project.run(node, "node10/dist/main.js")).toBe(held);
  });

  it("finds every entry point, and has the command, on the oldest Node.js, too, and where it cannot require ES modules", async () => {
    const entries = ours.flatMap((each) => each.entries);
    const commonJs = entries.filter((entry) => entry !== "@conclave/cli");
    const imports = entries.map((entry) => `await import(${JSON.stringify(entry)});`).join("\n");
    const requires = commonJs.map((entry) => `require(${JSON.stringify(entry)});`).join("\n");
    for (const node of nodes()) {
      await project.run(node, "--input-type=module", "--eval", imports);
      await project.run(node, "--no-experimental-require-module", "--input-type=commonjs", "--eval", requires);
      expect(await project.run(node, project.bin("conclave"), "--help")).toContain("Usage: conclave");
    }
  });
});
