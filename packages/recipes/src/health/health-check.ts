/** Health check of this process. */
export interface HealthCheck {
  /** Returns true if the process is healthy. An error, or no answer after `timeoutMs`, counts as false. */
  readonly check: () => boolean | Promise<boolean>;
  /**
   * Pause between an answer and the next check, in milliseconds.
   * @default 1_000
   */
  readonly intervalMs?: number | undefined;
  /**
   * Longest wait for an answer, in milliseconds.
   * @default 5_000
   */
  readonly timeoutMs?: number | undefined;
}
