import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { PrometheusMeter } from "./prometheus-meter.js";

it("writes counters, gauges and histograms, with their labels", async () => {
  const registry = new Registry();
  const meter = new PrometheusMeter(registry);
  meter.count("nestjs_calls", 2, { outcome: "ran" });
  meter.count("nestjs_calls", undefined, { outcome: "ran" });
  meter.count("client_connection_losses");
  meter.gauge("nestjs_leading", 1, { election: "reports" });
  meter.gauge("nestjs_leading", 0, { election: "reports" });
  meter.observe("nestjs_held_ms", 20, { method: "a" });
  const text = await registry.metrics();
  expect(text).toContain('conclave_nestjs_calls_total{outcome="ran"} 3');
  expect(text).toContain("conclave_client_connection_losses_total 1");
  expect(text).toContain('conclave_nestjs_leading{election="reports"} 0');
  expect(text).toContain('conclave_nestjs_held_ms_bucket{le="30",method="a"} 1');
  expect(text).toContain('conclave_nestjs_held_ms_sum{method="a"} 20');
});
