import type { Meter, MetricLabels } from "@conclave/runtime";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** From a round trip to a minute, in milliseconds. */
const BUCKETS_MS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 60_000];

/** Exposes Conclave's metrics to Prometheus. Each metric is registered with its first value. */
export class PrometheusMeter implements Meter {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  count(name: string, by = 1, labels: MetricLabels = {}): void {
    const metric = this.#known<Counter>(`${name}_total`) ?? new Counter(this.#settings(`${name}_total`, labels));
    metric.inc(labels, by);
  }

  gauge(name: string, value: number, labels: MetricLabels = {}): void {
    const metric = this.#known<Gauge>(name) ?? new Gauge(this.#settings(name, labels));
    metric.set(labels, value);
  }

  observe(name: string, value: number, labels: MetricLabels = {}): void {
    const metric =
      this.#known<Histogram>(name) ?? new Histogram({ ...this.#settings(name, labels), buckets: BUCKETS_MS });
    metric.observe(labels, value);
  }

  #known<T>(name: string): T | undefined {
    return this.#registry.getSingleMetric(`conclave_${name}`) as T | undefined;
  }

  #settings(name: string, labels: MetricLabels) {
    const registers = [this.#registry];
    return { name: `conclave_${name}`, help: name.replaceAll("_", " "), labelNames: Object.keys(labels), registers };
  }
}
