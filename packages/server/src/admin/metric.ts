import type { Summary } from "../pipeline/summary.js";

/** A metric under its name in Apache's server (org.apache.zookeeper.server.ServerMetrics). */
export type Metric = {
  readonly name: string;
  readonly help: string;
} & (
  | { readonly kind: "gauge" | "counter"; readonly value: number }
  | { readonly kind: "summary"; readonly summary: Summary; readonly quantiles: boolean }
  | { readonly kind: "summaries"; readonly summaries: ReadonlyMap<string, Summary> }
);

export function gauge(name: string, value: number, help: string): Metric {
  return { kind: "gauge", name, value, help };
}

export function counter(name: string, value: number, help: string): Metric {
  return { kind: "counter", name, value, help };
}

export function summary(name: string, value: Summary, help: string, quantiles = false): Metric {
  return { kind: "summary", name, summary: value, help, quantiles };
}

/** Summaries by a key, such as the id of a server (SummarySet). */
export function summaries(name: string, value: ReadonlyMap<string, Summary>, help: string): Metric {
  return { kind: "summaries", name, summaries: value, help };
}
