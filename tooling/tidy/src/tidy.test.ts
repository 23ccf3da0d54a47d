import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { check } from "./check.ts";
import { exampleRepository } from "./example-repository.ts";
import { loadWorkspace } from "./load.ts";
import { RULES } from "./rules/index.ts";
import { formatViolation } from "./violation.ts";

describe("the repository", () => {
  it("keeps every rule", () => {
    const violations = check(loadWorkspace(fileURLToPath(new URL("../../..", import.meta.url))));
    if (violations.length > 0) throw new Error(`\n${violations.map(formatViolation).join("\n")}\n`);
  });
});

describe("the example repository", () => {
  it("keeps every rule", () => {
    expect(check(exampleRepository())).toEqual([]);
  });

  it("has a rule for each file under rules/", () => {
    const files = readdirSync(new URL("rules", import.meta.url)).filter((name) => name !== "index.ts");
    expect(RULES.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort());
  });
});

describe("the README", () => {
  it("mentions every rule", () => {
    const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(RULES.map(({ name }) => name).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe.each(RULES)("$name", (rule) => {
  it.each(rule.refuses)("alone refuses $title", (fixture) => {
    const violations = check(exampleRepository(fixture));
    expect([...new Set(violations.map((each) => each.rule))], violations.map(formatViolation).join("\n")).toEqual([
      rule.name,
    ]);
  });

  if (rule.allows.length > 0) {
    it.each(rule.allows)("like every rule, allows $title", (fixture) => {
      expect(check(exampleRepository(fixture)).map(formatViolation)).toEqual([]);
    });
  }
});
