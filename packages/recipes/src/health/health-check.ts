/** How a process tells whether it is fit to do its part. */
export interface HealthCheck {
  /** Whether it is. One that throws, or has not answered after `timeoutMs`, says no. */
  readonly check: () => boolean | Promise<boolean>;
  /**
   * How long to wait after an answer before asking again, in milliseconds.
   * @default 1_000
   */
  readonly intervalMs?: number | undefined;
  /**
   * How long to wait for an answer, in milliseconds.
   * @default 5_000
   */
  readonly timeoutMs?: number | undefined;
}
