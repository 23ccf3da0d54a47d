import { figure, KINDS, type Kind, type Measured } from "./measure.ts";

/** Largest figures of a package: odd words per 1,000 in comments and in Markdown, riddles per 100 doc comments. */
export const LIMITS: Readonly<Record<Kind, number>> = { comments: 5, markdown: 5, docs: 3 };

/** Lists the figures above their limit. */
export function problems(measured: readonly Measured[]): readonly string[] {
  return measured.flatMap((each) =>
    KINDS.flatMap((kind) => {
      const now = figure(kind, each[kind]);
      if (now <= LIMITS[kind]) return [];
      return [`${each.folder} ${kind}: ${now}, at most ${LIMITS[kind]}; rewrite its sentences in plain English`];
    }),
  );
}
