/** Names and values that tell one series of a metric from another. */
export type MetricLabels = Readonly<Record<string, string>>;

/**
 * Where a library's measurements go: three kinds, as Prometheus and OpenTelemetry know them. Names are in
 * `snake_case` with their unit last. A meter must not throw.
 */
export interface Meter {
  /** Adds to a total that only grows. */
  count(name: string, by?: number, labels?: MetricLabels): void;
  /** Sets a value that goes up and down. */
  gauge(name: string, value: number, labels?: MetricLabels): void;
  /** Adds one observation to a distribution. */
  observe(name: string, value: number, labels?: MetricLabels): void;
}

const nothing = (): void => {};

/** The default everywhere: measures nothing. */
export const silentMeter: Meter = Object.freeze({ count: nothing, gauge: nothing, observe: nothing });
