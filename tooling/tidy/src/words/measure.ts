import { commentsOf } from "../comments.ts";
import { parseSourceFile, roleAt } from "../source-file.ts";
import type { Workspace } from "../workspace.ts";
import { countOdd, isRiddle, type Share, sum } from "./count.ts";
import { proseOfComment, proseOfMarkdown } from "./prose.ts";

/** The kinds of text that are measured. */
export const KINDS = ["comments", "markdown", "docs"] as const;
export type Kind = (typeof KINDS)[number];

/** The texts of one package; the root's documents are those of a package `.`. */
export interface Measured {
  readonly folder: string;
  /** Odd words in the comments of its sources, tests aside. */
  readonly comments: Share;
  /** Odd words in its Markdown. */
  readonly markdown: Share;
  /** Riddles among its doc comments. */
  readonly docs: Share;
}

const PACKAGE = /^(?:packages|apps|tooling)\/[^/]+(?=\/)/;

/** Measures each package, by folder. Pure. */
export function measure({ files }: Workspace): readonly Measured[] {
  const found = new Map<string, Record<Kind, Share[]>>();
  for (const [path, text] of files) {
    const folder = PACKAGE.exec(path)?.[0] ?? ".";
    const own = found.get(folder) ?? { comments: [], markdown: [], docs: [] };
    found.set(folder, own);
    if (path.endsWith(".md")) own.markdown.push(countOdd(proseOfMarkdown(text)));
    if (roleAt(path) !== "source") continue;
    for (const comment of commentsOf(parseSourceFile(path, text)!)) {
      const prose = proseOfComment(comment.text);
      own.comments.push(countOdd(prose));
      if (comment.text.startsWith("/**")) own.docs.push({ part: isRiddle(prose) ? 1 : 0, of: 1 });
    }
  }
  return [...found]
    .map(([folder, { comments, markdown, docs }]) => {
      return { folder, comments: sum(comments), markdown: sum(markdown), docs: sum(docs) };
    })
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** Returns odd words per 1,000, or riddles per 100, rounded to a tenth; 0 if there is nothing. */
export function figure(kind: Kind, { part, of }: Share): number {
  const whole = kind === "docs" ? 100 : 1_000;
  return of === 0 ? 0 : Math.round((10 * whole * part) / of) / 10;
}
