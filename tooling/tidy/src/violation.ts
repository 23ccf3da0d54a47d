/** A finding of a rule. `line` counts from 1; 1 is also used for the file as a whole. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
  /** The remedy, as an instruction. */
  readonly remedy: string;
}

/** A finding together with the rule that it breaks. */
export interface Violation extends Finding {
  readonly rule: string;
}

/** Formats a violation as one line: `path:line rule message (remedy)`. */
export function formatViolation({ path, line, rule, message, remedy }: Violation): string {
  return `${path}:${line} ${rule} ${message} (${remedy})`;
}
