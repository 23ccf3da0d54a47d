import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Analysis, checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
    // All code is ES modules, which Node.js 20.19 and later load by `require`, too. Resolution by the rules of Node.js 10, which
    // has no entry points, finds only the root.
    const allowed = new Set(["CJSResolvesToESM", "NoResolution"]);
    const problems = (result as Analysis).problems.filter(
      (problem) =>
        !(allowed.has(problem.kind) && (problem.kind !== "NoResolution" || problem.resolutionKind === "node10")),
    );
    expect(problems).toEqual([]);
  });

  it("shows its classes under their own names", () => {
    const dist = join(packages, name, "dist");
    const files = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
    const renamed = files.flatMap(
      (file) => readFileSync(join(dist, file), "utf8").match(/^var \w+ = class _\w+/gm) ?? [],
    );
    expect(renamed).toEqual([]);
  });
});

describe("a project outside of the workspace, with npm", () => {
  it.each([
    ["12", { "@nestjs/common": "^12.0.0", "@nestjs/core": "^12.0.0" }],
    ["11", { "@nestjs/common": "^11.0.0", "@nestjs/core": "^11.0.0" }],
  ])(
    "runs a decorated method in NestJS %s",
    async (version, nest) => {
      const ours = named(...base, "nestjs");
      const others = { ...tools, ...nest, "reflect-metadata": "^0.2.0", rxjs: "^7.8.0" };
      const project = await NpmProject.install(join(folder, `nest-${version}`), "nest", { ours, others });
      await project.compile();
      expect(await project.run(process.execPath, "dist/main.js")).toBe("ran as the leader, with a bigint\n");
    },
    INSTALL_MS,
  );

  it(
    "is a member of a cluster in Express 5",
    async () => {
      const ours = named(...base, "membership", "express");
      const others = { ...tools, express: "^5.0.0", "@types/express": "^5.0.0" };
      const project = await NpmProject.install(join(folder, "express"), "express", { ours, others });
      await project.compile();
      expect(await project.run(process.execPath, "dist/main.js")).toBe('members ["web-1"], led\n');
    },
    INSTALL_MS,
  );

  it(
    "holds a lock as an ES module and as CommonJS, finds every entry point, and has the command, on the oldest Node.js, too",
    async () => {
      const ours = named(...base, "cli");
      const others = { ...tools, [oldNode.name]: oldNode.version };
      const project = await NpmProject.install(join(folder, "plain"), "plain", { ours, others });
      await project.compile();
      const held = "held a lock, with a bigint\n";
      const imports = ours.flatMap(({ entries }) => entries).map((entry) => `await import(${JSON.stringify(entry)});`);
      for (const node of [process.execPath, `node_modules/${oldNode.name}/bin/node`]) {
        expect(await project.run(node, "dist/main.js")).toBe(held);
        expect(await project.run(node, "common.cjs")).toBe(held);
        await project.run(node, "--input-type=module", "--eval", imports.join("\n"));
        expect(await project.run(node, "node_modules/.bin/conclave", "--help")).toContain("Usage: conclave");
      }
    },
    INSTALL_MS,
  );
});
