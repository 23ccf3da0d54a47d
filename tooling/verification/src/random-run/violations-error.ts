const LISTED = 12;

/** Error that lists the guarantees that were violated. */
export class ViolationsError extends Error {
  override readonly name = "ViolationsError";
  /** One sentence each; the message contains the first of them. */
  readonly violations: readonly string[];

  constructor(violations: readonly string[]) {
    const listed = violations.slice(0, LISTED).join("\n  ");
    const rest = violations.length > LISTED ? `\n  and ${violations.length - LISTED} more` : "";
    super(`${violations.length} violations:\n  ${listed}${rest}`);
    this.violations = violations;
  }
}
