import type { Code, Heading, Link, Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";

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

const SHELL: ReadonlySet<string> = new Set(["sh", "bash", "shell", "console"]);
const HTML_LINK = /\s(?:href|src)="([^"]+)"/g;
const HTML_ANCHOR = /\s(?:id|name)="([^"]+)"/g;

/** Reads a Markdown document (CommonMark; a table of GitHub's dialect counts as a paragraph). */
export function readMarkdown(text: string): Markdown {
  const nodes = [...descendants(fromMarkdown(text))];
  const blocks: CodeBlock[] = [];
  const headings: Heading[] = [];
  const links: Place[] = [];
  const commands: Place[] = [];
  const explicit: string[] = [];
  for (const node of nodes) {
    const line = lineOf(node);
    if (node.type === "heading") headings.push(node);
    else if (node.type === "link" || node.type === "image" || node.type === "definition") {
      links.push({ text: node.url, line });
    } else if (node.type === "html") {
      for (const [, url] of node.value.matchAll(HTML_LINK)) links.push({ text: url!, line });
      for (const [, anchor] of node.value.matchAll(HTML_ANCHOR)) explicit.push(anchor!);
    } else if (node.type === "inlineCode") commands.push(command(node.value, line));
    else if (node.type === "code") {
      const isFenced = /^[`~]/.test(sourceOf(text, node, node));
      if (isFenced) blocks.push(readBlock(text, node, headings.at(-1)));
      if (isFenced && !SHELL.has(node.lang ?? "")) continue;
      const first = isFenced ? line + 1 : line;
      commands.push(...node.value.split("\n").map((each, index) => command(each, first + index)));
    }
  }
  const citations = nodes.filter(isCitation).map((node) => ({ text: node.url, title: node.title, line: lineOf(node) }));
  return { blocks, anchors: new Set([...anchorsOf(headings), ...explicit]), links, citations, commands };
}

/** All nodes below `node`, in the order of the text. */
function* descendants(node: Nodes): Generator<Nodes> {
  for (const child of "children" in node ? node.children : []) {
    yield child;
    yield* descendants(child);
  }
}

const lineOf = (node: Nodes): number => node.position!.start.line;

const sourceOf = (text: string, first: Nodes, last: Nodes): string =>
  text.slice(first.position!.start.offset, last.position!.end.offset);

const command = (text: string, line: number): Place => ({ text: text.trim().replace(/^\$ /, ""), line });

function readBlock(text: string, node: Code, heading: Heading | undefined): CodeBlock {
  const [first, last] = [heading?.children[0], heading?.children.at(-1)];
  return {
    language: node.lang ?? "",
    tags: node.meta?.split(/\s+/) ?? [],
    heading: first === undefined || last === undefined ? "" : sourceOf(text, first, last),
    line: lineOf(node),
    code: node.value,
  };
}

function isCitation(node: Nodes): node is Link & { title: string } {
  return node.type === "link" && typeof node.title === "string" && node.url.endsWith(".ts");
}

/** GitHub's names for headings; a second heading of the same name ends in `-1`, a third in `-2`. */
function anchorsOf(headings: readonly Heading[]): string[] {
  const seen = new Map<string, number>();
  return headings.map((heading) => {
    const name = [...descendants(heading)]
      .map((node) => ("value" in node && node.type !== "html" ? node.value : ""))
      .join("")
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
      .replaceAll(" ", "-");
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}-${count}`;
  });
}
