/** Health check of this process. */
export interface HealthCheck {
  /** Returns true if the process is healthy. An error, or no result after `timeoutMs`, counts as false. */
  readonly check: () => boolean | Promise<boolean>;
  /**
   * Delay between a result and the next check, in milliseconds.
   * @default 1_000
   */
  readonly intervalMs?: number | undefined;
  /**
   * Maximum duration of a check, in milliseconds.
   * @default 5_000
   */
  readonly timeoutMs?: number | undefined;
}
