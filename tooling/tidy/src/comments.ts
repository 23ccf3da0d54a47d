import ts from "typescript";
import type { SourceFile } from "./source-file.ts";

/** A comment's text with its slashes, and the line on which it starts. */
export interface Comment {
  readonly text: string;
  readonly line: number;
}

/** Returns all comments of a file in order, without strings and templates that look like comments. */
export function commentsOf(file: SourceFile): Comment[] {
  const starts = new Map<number, number>();
  const collect = (ranges: readonly ts.CommentRange[] | undefined): void => {
    for (const { pos, end } of ranges ?? []) starts.set(pos, end);
  };
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(file.ast);
    for (const child of children) visit(child);
    if (children.length > 0 || node.kind === ts.SyntaxKind.JsxText) return;
    collect(ts.getLeadingCommentRanges(file.text, node.getFullStart()));
    collect(ts.getTrailingCommentRanges(file.text, node.getEnd()));
  };
  visit(file.ast);
  return [...starts]
    .sort(([a], [b]) => a - b)
    .map(([pos, end]) => ({
      text: file.text.slice(pos, end),
      line: file.ast.getLineAndCharacterOfPosition(pos).line + 1,
    }));
}
