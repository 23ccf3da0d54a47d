import type { Mutant } from "./mutant.ts";

/**
 * A mutant that behaves like the original, so that no test can find it. An entry covers each mutant of the file with these texts;
 * `line` narrows it to those that begin in a line of the source with this text.
 */
export interface Equivalent {
  readonly file: string;
  readonly line?: string;
  readonly original: string;
  readonly mutated: string;
  /** The argument why the two behave alike. */
  readonly reason: string;
}

export interface Outcome {
  readonly killed: number;
  /** Covered by a test and not found, without the equivalent ones. */
  readonly survived: readonly Mutant[];
  readonly uncovered: readonly Mutant[];
  readonly equivalent: number;
  /** Entries of the list that no longer argue for a mutant, with the reason. */
  readonly stale: readonly { readonly entry: Equivalent; readonly why: string }[];
  /** Percentage of the killed among all that are not equivalent; 100 for none. */
  readonly score: number;
}

/** Judges the mutants of a package. */
export function outcomeOf(mutants: readonly Mutant[], equivalents: readonly Equivalent[]): Outcome {
  const argued = new Set<Mutant>();
  const stale: { entry: Equivalent; why: string }[] = [];
  const files = new Set(mutants.map(({ file }) => file));
  for (const entry of equivalents) {
    const meant = mutants.filter((mutant) => matches(entry, mutant));
    for (const mutant of meant) if (mutant.fate !== "killed") argued.add(mutant);
    if (meant.some(({ fate }) => fate === "killed")) stale.push({ entry, why: "a test kills it" });
    // A run of some files says nothing about the others.
    else if (meant.length === 0 && files.has(entry.file)) stale.push({ entry, why: "there is no such mutant" });
  }
  const open = mutants.filter((mutant) => !argued.has(mutant));
  const of = (fate: Mutant["fate"]) => open.filter((mutant) => mutant.fate === fate);
  const [killed, survived, uncovered] = [of("killed").length, of("survived"), of("uncovered")];
  const valid = killed + survived.length + uncovered.length;
  return {
    killed,
    survived,
    uncovered,
    equivalent: argued.size,
    stale,
    score: valid === 0 ? 100 : (100 * killed) / valid,
  };
}

function matches(entry: Equivalent, mutant: Mutant): boolean {
  return (
    entry.file === mutant.file &&
    entry.original === mutant.original &&
    entry.mutated === mutant.mutated &&
    (entry.line === undefined || entry.line === mutant.lineText)
  );
}

/** Describes the outcome in one line. */
export function summary(name: string, { killed, survived, uncovered, equivalent, score }: Outcome): string {
  const counts = `${killed} killed, ${survived.length} survived, ${uncovered.length} not covered, ${equivalent} equivalent`;
  return `${name}: ${counts}, score ${score.toFixed(1)} %`;
}

/** Lists the mutants to kill, one a line, in the order of the code. */
export function survivors({ survived, uncovered }: Outcome): string[] {
  const lines = [...survived, ...uncovered].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
  return lines.map(
    ({ file, line, original, mutated, fate }) =>
      `${file}:${line}  ${original} -> ${mutated === "" ? "(removed)" : mutated}${fate === "uncovered" ? "  (not covered)" : ""}`,
  );
}
