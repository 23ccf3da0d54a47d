const MOST_TOLD = 12;

/** Error that lists the client's violated guarantees. */
export class BrokenPromisesError extends Error {
  override readonly name = "BrokenPromisesError";
  /** Each in a sentence; the message has the first of them. */
  readonly violations: readonly string[];

  constructor(violations: readonly string[]) {
    const told = violations.slice(0, MOST_TOLD).join("\n  ");
    const rest = violations.length > MOST_TOLD ? `\n  and ${violations.length - MOST_TOLD} more` : "";
    super(`${violations.length} promises were broken:\n  ${told}${rest}`);
    this.violations = violations;
  }
}
