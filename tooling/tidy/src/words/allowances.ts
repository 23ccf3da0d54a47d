import { figure, KINDS, type Kind, type Measured } from "./measure.ts";

/** Largest figures of a package: odd words per 1,000 in comments and in Markdown, riddles per 100 doc comments. */
export const GOALS: Readonly<Record<Kind, number>> = { comments: 5, markdown: 5, docs: 3 };

/** Figures of packages that are not rewritten yet, by folder. Each may fall, and none may rise. */
export type Allowances = Readonly<Record<string, Partial<Readonly<Record<Kind, number>>>>>;

/** Lists figures above their goal or allowance, and allowances that are not needed any more. */
export function problems(measured: readonly Measured[], allowances: Allowances): readonly string[] {
  const found: string[] = [];
  for (const each of measured) {
    for (const kind of KINDS) {
      const now = figure(kind, each[kind]);
      const allowed = allowances[each.folder]?.[kind];
      const limit = allowed ?? GOALS[kind];
      if (now > limit)
        found.push(`${each.folder} ${kind}: ${now}, at most ${limit}; rewrite its sentences by the style`);
      else if (allowed !== undefined && now <= GOALS[kind]) {
        found.push(`${each.folder} ${kind}: ${now} needs no allowance; run pnpm words --lower`);
      }
    }
  }
  const folders = new Set(measured.map(({ folder }) => folder));
  const unknown = Object.keys(allowances).filter((folder) => !folders.has(folder));
  return [...found, ...unknown.map((folder) => `${folder} does not exist; run pnpm words --lower`)];
}

/** Returns the allowances that are still needed, lowered to the present figures. */
export function lower(measured: readonly Measured[], allowances: Allowances): Allowances {
  const lowered: Record<string, Partial<Record<Kind, number>>> = {};
  for (const each of measured) {
    for (const kind of KINDS) {
      const allowed = allowances[each.folder]?.[kind];
      const now = figure(kind, each[kind]);
      if (allowed === undefined || now <= GOALS[kind]) continue;
      lowered[each.folder] = { ...lowered[each.folder], [kind]: Math.min(allowed, now) };
    }
  }
  return lowered;
}
