import { describe, expect, it } from "vitest";
import { readMarkdown } from "./markdown.ts";

const lines = (...each: string[]): string => each.join("\n");

describe("code blocks", () => {
  it("have the line of their fence, the heading above them, and the words of the info string", () => {
    const text = lines(
      "# One",
      "",
      "```ts",
      "a();",
      "",
      "b();",
      "```",
      "",
      "## Two `x` ##",
      "```ts no-run",
      "c();",
      "```",
    );
    expect(readMarkdown(text).blocks).toEqual([
      { language: "ts", tags: [], heading: "One", line: 3, code: "a();\n\nb();" },
      { language: "ts", tags: ["no-run"], heading: "Two `x`", line: 10, code: "c();" },
    ]);
  });

  it("may hold shorter fences, fences of the other kind, and headings that are none", () => {
    const text = lines("````md", "```ts", "# no heading", "```", "~~~", "````", "~~~ts", "```", "~~~", "# After");
    const { blocks, anchors } = readMarkdown(text);
    expect(blocks.map(({ language, line }) => [language, line])).toEqual([
      ["md", 1],
      ["ts", 7],
    ]);
    expect([...anchors]).toEqual(["after"]);
  });

  it("lose the indentation that a list gives them", () => {
    const { blocks } = readMarkdown(lines("1. Do", "", "   ```ts", "   if (a) {", "     b();", "   }", "   ```"));
    expect(blocks[0]?.code).toBe("if (a) {\n  b();\n}");
  });

  it("end with the document where their fence is not closed", () => {
    expect(readMarkdown(lines("```ts", "a();")).blocks.map(({ code }) => code)).toEqual(["a();"]);
  });

  it("are not code inside a sentence", () => {
    expect(readMarkdown("```ts``` is how a block starts").blocks).toEqual([]);
  });
});

describe("links", () => {
  const links = (...each: string[]) => readMarkdown(lines(...each)).links.map(({ text, line }) => `${line} ${text}`);

  it("are found inline, in images, around code, across lines, in definitions and in HTML", () => {
    expect(
      links("[a](a.md)", "![b](<b.png>)", '[`c`](c#d "C")', "[long", "name](e)", "", "[f]: f.md", '<a href="g.md">'),
    ).toEqual(["1 a.md", "2 b.png", "3 c#d", "4 e", "7 f.md", "8 g.md"]);
  });

  it("are found in the cells of tables", () => {
    expect(links("| a | b |", "| --- | --- |", '| `c` | [d](e.ts "f \\| g") |')).toEqual(["3 e.ts"]);
  });

  it("are none in code", () => {
    expect(links("`[a](b)` and ``[`c`](d)``", "```md", "[e](f)", "```")).toEqual([]);
  });

  it("can go to every heading, as GitHub names it, and to explicit anchors", () => {
    const { anchors } = readMarkdown(
      lines('# What "held" means', "## `a.b()` & [c](d), e_f", "# Again", "# Again", '<a id="here"></a>'),
    );
    expect([...anchors]).toEqual(["what-held-means", "ab--c-e_f", "again", "again-1", "here"]);
  });
});

describe("commands", () => {
  it("are lines of shell blocks and of indented code, and code inside a sentence", () => {
    const text = lines(
      "    pnpm demo",
      "",
      "```sh",
      "$ pnpm test",
      "```",
      "```ts",
      "pnpm();",
      "```",
      "Run `pnpm lint`.",
    );
    expect(readMarkdown(text).commands).toEqual([
      { text: "pnpm demo", line: 1 },
      { text: "pnpm test", line: 4 },
      { text: "pnpm lint", line: 9 },
    ]);
  });
});
