/** A fenced code block. */
export interface CodeBlock {
  /** The info string's first word, `ts`; "" for none. */
  readonly language: string;
  /** The rest of the info string, such as `no-run`. */
  readonly tags: readonly string[];
  /** The nearest heading above it, as it is written; "" for none. */
  readonly heading: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
  /** Its lines, without the indentation that the fence has too. */
  readonly code: string;
}

/** A piece of text and the line on which it starts. */
export interface Place {
  readonly text: string;
  readonly line: number;
}

/** A link to a file of tests, with the name of one of them. */
export interface Citation extends Place {
  readonly title: string;
}

/** Code blocks, anchors and links of a document. */
export interface Markdown {
  readonly blocks: readonly CodeBlock[];
  /** Anchors: they follow a `#` in a link to this document. */
  readonly anchors: ReadonlySet<string>;
  /** Targets of links and images, outside of code. */
  readonly links: readonly Place[];
  /** Those of the links that lead to tests and have a title: a claim, and the test that proves it. */
  readonly citations: readonly Citation[];
  /** Text that could be typed into a shell: lines of shell blocks and of indented code, and code inside a sentence. */
  readonly commands: readonly Place[];
}

const FENCE = /^([ \t]*)(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
const HEADING = /^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/;
const INDENTED = /^(?: {4}|\t)\s*(\S.*)$/;
const SHELL: ReadonlySet<string> = new Set(["sh", "bash", "shell", "console"]);

const CODE_SPAN = /(?<!`)(`+)(?!`)((?:(?!\n[ \t]*\n)[\s\S])*?[^`])\1(?!`)/g;
const LINKS = [
  /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g,
  /^ {0,3}\[[^\]\n]+\]:[ \t]*<?([^\s>]+)/gm,
  /\s(?:href|src)="([^"]+)"/g,
];
const CITATION = /\]\((\S+?\.ts)\s+"([^"]+)"\)/g;
const EXPLICIT_ANCHOR = /\s(?:id|name)="([^"]+)"/g;

/** Reads a Markdown document: the parts of CommonMark and of GitHub's dialect that {@link Markdown} names. */
export function readMarkdown(text: string): Markdown {
  const { blocks, prose, headings } = readLines(text.split(/\r?\n/));
  const commands: Place[] = blocks
    .filter(({ language }) => SHELL.has(language))
    .flatMap(({ code, line }) => code.split("\n").map((text, index) => ({ text, line: line + 1 + index })));
  prose.forEach((text, index) => {
    const code = INDENTED.exec(text)?.[1];
    if (code !== undefined) commands.push({ text: code, line: index + 1 });
  });
  const spans = find(prose.join("\n"), CODE_SPAN, 2);
  // The words of code spans go, their lines stay.
  const words = prose.join("\n").replace(CODE_SPAN, (span) => span.replace(/[^\n]/g, " "));
  return {
    blocks,
    anchors: new Set([...anchorsOf(headings), ...find(words, EXPLICIT_ANCHOR).map(({ text }) => text)]),
    links: LINKS.flatMap((pattern) => find(words, pattern)),
    citations: [...words.matchAll(CITATION)].map((match) => ({
      text: match[1]!,
      title: match[2]!,
      line: words.slice(0, match.index).split("\n").length,
    })),
    commands: [...commands, ...spans].map(({ text, line }) => ({ text: text.trim().replace(/^\$ /, ""), line })),
  };
}

interface Lines {
  readonly blocks: CodeBlock[];
  /** Each line that is in no fenced block; "" in place of those that are. */
  readonly prose: string[];
  readonly headings: string[];
}

function readLines(lines: readonly string[]): Lines {
  const blocks: CodeBlock[] = [];
  const prose: string[] = [];
  const headings: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    const fence = FENCE.exec(line);
    if (fence === null) {
      prose.push(line);
      const heading = HEADING.exec(line)?.[1];
      if (heading !== undefined) headings.push(heading);
      continue;
    }
    const [, indent, mark, info] = fence as unknown as [string, string, string, string];
    const isEnd = (each: string): boolean => {
      const closing = each.trim();
      return closing.length >= mark.length && closing === mark[0]!.repeat(closing.length);
    };
    let end = index + 1;
    while (end < lines.length && !isEnd(lines[end]!)) end++;
    const inside = lines
      .slice(index + 1, end)
      .map((each) => each.replace(new RegExp(`^[ \\t]{0,${indent.length}}`), ""));
    const [language = "", ...tags] = info.trim().split(/\s+/);
    blocks.push({ language, tags, heading: headings.at(-1) ?? "", line: index + 1, code: inside.join("\n") });
    for (; index < end; index++) prose.push("");
    if (index < lines.length) prose.push("");
  }
  return { blocks, prose, headings };
}

function find(text: string, pattern: RegExp, group = 1): Place[] {
  return [...text.matchAll(pattern)].map((match) => ({
    text: match[group]!,
    line: text.slice(0, match.index).split("\n").length,
  }));
}

/** GitHub's names for headings; a second heading of the same name ends in `-1`, a third in `-2`. */
function anchorsOf(headings: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return headings.map((heading) => {
    const name = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
      .replaceAll(" ", "-");
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}-${count}`;
  });
}
