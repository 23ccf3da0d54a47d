/** Names and values that distinguish the series of a metric. */
export type MetricLabels = Readonly<Record<string, string>>;

/**
 * Receives the metrics of a library, of three kinds as in Prometheus and OpenTelemetry. Names are in `snake_case` and
 * end with their unit. A meter must not throw.
 */
export interface Meter {
  /** Adds to a counter, which never decreases. */
  count(name: string, by?: number, labels?: MetricLabels): void;
  /** Sets a value that can increase and decrease. */
  gauge(name: string, value: number, labels?: MetricLabels): void;
  /** Adds one observation to a distribution. */
  observe(name: string, value: number, labels?: MetricLabels): void;
}

const nothing = (): void => {};

/** Discards all metrics; the default everywhere. */
export const silentMeter: Meter = Object.freeze({ count: nothing, gauge: nothing, observe: nothing });
