import { Counter, collectDefaultMetrics, Gauge, type Metric as PromMetric, Registry } from "prom-client";
import type { Summary } from "../pipeline/summary.js";
import type { Metric } from "./metric.js";
import { QUANTILES } from "./metric-lines.js";
import { metricsOf } from "./server-metrics.js";
import type { ServerStatus } from "./server-status.js";

/** The server's figures in Prometheus's text format, under Apache's names. */
export class Prometheus {
  readonly #status: ServerStatus;
  readonly #registry = new Registry();
  /** Metrics of the current scrape. */
  #current = new Map<string, Metric>();

  constructor(status: ServerStatus, exportRuntimeInfo: boolean) {
    this.#status = status;
    if (exportRuntimeInfo) collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    const metrics = metricsOf(this.#status);
    const former = this.#current;
    this.#current = new Map(metrics.map((metric) => [metric.name, metric]));
    // Some metrics are only those of a leader.
    for (const name of former.keys()) if (!this.#current.has(name)) this.#registry.removeSingleMetric(name);
    for (const metric of metrics) if (!former.has(metric.name)) this.#register(metric);
    return this.#registry.metrics();
  }

  #register({ kind, name, help }: Metric): void {
    const registers = [this.#registry];
    const value = (): number => {
      const metric = this.#current.get(name);
      return metric?.kind === "gauge" || metric?.kind === "counter" ? metric.value : 0;
    };
    if (kind === "gauge") {
      new Gauge({ name, help, registers, collect: function collect() { this.set(value()); } }); // biome-ignore format: one line
    } else if (kind === "counter") {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(value());
        },
      });
    } else {
      const get = async (): Promise<unknown> => ({
        name,
        help,
        type: "summary",
        aggregator: "sum",
        values: this.#values(name),
      });
      // prom-client's own summary would keep each observation; ours is counted already.
      this.#registry.registerMetric({ name, get, reset: () => {} } as unknown as PromMetric);
    }
  }

  #values(name: string): readonly unknown[] {
    const metric = this.#current.get(name);
    if (metric?.kind === "summaries") {
      return [...metric.summaries].flatMap(([key, each]) => valuesOf(name, each, false, { key }));
    }
    return metric?.kind === "summary" ? valuesOf(name, metric.summary, metric.quantiles, {}) : [];
  }
}

function valuesOf(
  name: string,
  summary: Summary,
  quantiles: boolean,
  labels: Readonly<Record<string, string>>,
): unknown[] {
  const shares = quantiles ? QUANTILES.map(([, share]) => share) : [0.5];
  return [
    ...shares.map((quantile) => ({ labels: { ...labels, quantile }, value: summary.quantile(quantile) })),
    { metricName: `${name}_sum`, labels, value: summary.sum },
    { metricName: `${name}_count`, labels, value: summary.count },
  ];
}
