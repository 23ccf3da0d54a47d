import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Example, readInstallation } from "./example.ts";
import { runExample } from "./run-example.ts";
import { typeCheck } from "./type-check.ts";

const root = join(import.meta.dirname, "../../..");
const document = "tooling/examples/README.md";
const example = (code: string): Example => ({
  ...{ document, heading: "", language: "ts", tags: [], line: 40 },
  code,
});
const run = (each: Example, limitMs?: number) => runExample(root, each, "10.0.0.1:2181/of-its-own", limitMs);

describe("checking", () => {
  const [sound, unsound, unresolved] = [
    example('import type { ZooKeeper } from "@conclave/client";\nexport const close = (zk: ZooKeeper) => zk.close();'),
    { ...example('import { connect } from "@conclave/client";\n\nconst zk: string = await connect("");'), line: 50 },
    { ...example('import "@conclave/absent";'), line: 60 },
  ];
  const messages = typeCheck(root, [sound, unsound, unresolved], readInstallation(root));

  it("says nothing of an example that is right", () => {
    expect(messages.get(sound)).toBe("");
  });

  it("gives the compiler's message with the document's line", () => {
    expect(messages.get(unsound)).toContain(`${document}:53:7 - error TS2322`);
    expect(messages.get(unresolved)).toContain(`${document}:61:8 - error TS2882`);
  });
});

describe("running", () => {
  it("gives an example its own service, in the environment and where documentation writes one", async () => {
    const { code, output } = await run(
      example('console.log(process.env.CONCLAVE_SERVERS, "127.0.0.1:2181", process.env.VITEST);'),
    );
    expect({ code, output }).toEqual({
      code: 0,
      output: "10.0.0.1:2181/of-its-own 10.0.0.1:2181/of-its-own undefined",
    });
  });

  it("gives an example the decorators and their metadata", async () => {
    const { code, output } = await run(
      example(
        [
          'import "reflect-metadata";',
          'import { Injectable } from "@nestjs/common";',
          "@Injectable() class A {}",
          "@Injectable() class B { constructor(readonly a: A) {} }",
          'console.log(Reflect.getMetadata("design:paramtypes", B)[0] === A);',
        ].join("\n"),
      ),
    );
    expect({ code, output }).toEqual({ code: 0, output: "true" });
  });

  it("shows an error with the document's line", async () => {
    const { code, output } = await run(example('interface A {}\n\nthrow new Error("no");'));
    expect(code).toBe(1);
    expect(output).toContain(`${document}:43`);
    expect(output).toContain("Error: no");
  });

  it("fails an example whose top level never resolves", async () => {
    expect((await run(example("await new Promise(() => {});"))).code).toBe(13);
  });

  it("fails an example that does not end, and lists its open resources", async () => {
    const { code, output } = await run(example("setInterval(() => {}, 1_000_000);"), 1_000);
    expect({ code, output }).toEqual({ code: 1, output: "It did not end within 1 s. Open resources: Timeout" });
  });

  it("stops a service, which may end by the signal", async () => {
    const closing = (how: string) =>
      `const timer = setInterval(() => {}, 1_000_000);\nprocess.once("SIGTERM", () => { console.log("closed"); ${how} });`;
    expect(await run(example(closing("clearInterval(timer);")))).toEqual({ code: 0, output: "closed" });
    expect(await run(example(closing('process.kill(process.pid, "SIGTERM");')))).toEqual({ code: 0, output: "closed" });
    expect((await run(example(closing("")), 1_000)).code).toBe(1);
  });

  // That of the documentation's test files, which pass, has code 0.
  it("runs a test file with vitest", async () => {
    const { code, output } = await run(
      example(
        [
          'import { CreateMode } from "@conclave/client";',
          'import { expect, test } from "vitest";',
          'test("right", () => { expect([process.env.CONCLAVE_SERVERS, CreateMode.PERSISTENT]).toEqual(["127.0.0.1:2181", 0]); });',
          'test("wrong", () => { expect(process.env.CONCLAVE_SERVERS).toBe("x"); });',
        ].join("\n"),
      ),
    );
    expect(code).toBe(1);
    expect(output).toContain("✓ right");
    expect(output).toContain(`${document}:44`);
    expect(output).not.toContain(`${document}:43`);
  });
});
