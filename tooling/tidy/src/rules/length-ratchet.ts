import { longFunctions } from "../function-length.ts";
import type { Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";
import type { Finding } from "../violation.ts";

const RATCHET = "tooling/tidy/ratchet.json";
const FILE_LIMIT = 500;
const FUNCTION_LIMIT = 70;

/** A file of more than 500 lines is two ideas; a function fits on a screen. What is longer is listed, and may only shrink. */
export const lengthRatchet: Rule = {
  name: "length-ratchet",
  *check({ files, sources }) {
    const listed = JSON.parse(files.get(RATCHET) ?? "{}") as Partial<
      Record<"files" | "functions", Record<string, number>>
    >;
    const byFile = sources.map((file) => ({ key: file.path, path: file.path, line: 1, length: linesOf(file) }));
    yield* compare("file", byFile, listed.files ?? {}, FILE_LIMIT);
    const byFunction = sources
      .filter(({ role }) => role === "source")
      .flatMap((file) =>
        longFunctions(file, FUNCTION_LIMIT).map((each) => ({
          ...each,
          path: file.path,
          key: `${file.path}#${each.name}`,
        })),
      );
    yield* compare("function", byFunction, listed.functions ?? {}, FUNCTION_LIMIT);
  },
  refuses: [
    { title: "a file too long", files: { "packages/client/src/peek.ts": lines(501) } },
    { title: "a test too long", files: { "packages/client/src/connect.test.ts": lines(501) } },
    {
      title: "a function too long",
      files: { "packages/client/src/peek.ts": `export function f(): void {\n${lines(70)}}\n` },
    },
    {
      title: "a method too long",
      files: { "packages/client/src/peek.ts": `export class A {\n  async f(): Promise<void> {\n${lines(70)}}\n}\n` },
    },
    {
      title: "a listed file that grew",
      files: { "packages/client/src/peek.ts": lines(602), [RATCHET]: ratchet("packages/client/src/peek.ts", 601) },
    },
    {
      title: "a listed file that shrank",
      files: { "packages/client/src/peek.ts": lines(600), [RATCHET]: ratchet("packages/client/src/peek.ts", 601) },
    },
    {
      title: "a listed file that is short now",
      files: { "packages/client/src/peek.ts": lines(500), [RATCHET]: ratchet("packages/client/src/peek.ts", 501) },
    },
    { title: "a listed file that is gone", files: { [RATCHET]: ratchet("packages/client/src/peek.ts", 501) } },
    {
      title: "a listed function that shrank",
      files: {
        "packages/client/src/peek.ts": `export const f = (): void => {\n${lines(78)}};\n`,
        [RATCHET]: JSON.stringify({ functions: { "packages/client/src/peek.ts#f": 81 } }),
      },
    },
  ],
  allows: [
    {
      title: "lengths at their limits",
      files: {
        "packages/client/src/peek.ts": `export function f(): void {\n${lines(68)}}\n${lines(430)}`,
        "packages/client/src/long.ts": lines(777),
        [RATCHET]: ratchet("packages/client/src/long.ts", 777),
      },
    },
    {
      title: "a contract suite, which is a table of tests",
      files: {
        "packages/testing/src/peek.ts": `declare const it: any;\nexport function contract(): void {\n${'it("x", () => {});\n'.repeat(90)}}\n`,
      },
    },
  ],
};

function lines(count: number): string {
  return "// a line\n".repeat(count);
}

function ratchet(path: string, length: number): string {
  return JSON.stringify({ files: { [path]: length } });
}

function linesOf({ text }: SourceFile): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

interface Measured {
  readonly key: string;
  readonly path: string;
  readonly line: number;
  readonly length: number;
}

function* compare(
  what: string,
  measured: readonly Measured[],
  listed: Record<string, number>,
  limit: number,
): Iterable<Finding> {
  const long = new Map(measured.filter(({ length }) => length > limit).map((each) => [each.key, each]));
  for (const { key, path, line, length } of long.values()) {
    const allowed = listed[key] ?? limit;
    if (length === allowed) continue;
    const name = what === "file" ? "the file" : key.slice(path.length + 1);
    const message = `${name} has ${length} lines, the limit is ${allowed}`;
    const remedy =
      length < allowed ? `lower the ratchet to ${length} in ${RATCHET}` : `split this ${what} in two ideas`;
    yield { path, line, message, remedy };
  }
  for (const key of Object.keys(listed)) {
    if (long.has(key)) continue;
    yield { path: RATCHET, line: 1, message: `${key} is no longer too long`, remedy: "take its line out" };
  }
}
