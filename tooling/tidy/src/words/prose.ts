import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";

/** Returns the sentences of a comment, without its marks, code and links to code. */
export function proseOfComment(text: string): string {
  return text
    .replace(/^\/\*\*?|\*\/$|^\/\//g, "")
    .replace(/^\s*\*/gm, "")
    .replace(/`[^`]*`|\{@link [^}]*\}/g, " ");
}

/** Returns the sentences of a Markdown document, without code, HTML, and the targets of links. */
export function proseOfMarkdown(text: string): string {
  const pieces: string[] = [];
  const visit = (node: Nodes): void => {
    if (node.type === "text") pieces.push(node.value);
    if ("children" in node) for (const child of node.children) visit(child);
  };
  visit(fromMarkdown(text));
  return pieces.join("\n").replace(/https?:\/\/\S+/g, " ");
}
