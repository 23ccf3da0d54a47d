import { threeDigits } from "../report/three-digits.ts";
import type { Figures } from "./figures.ts";
import { cellsOf, FULL } from "./plan.ts";
import { SERVER_TITLES } from "./server-name.ts";

/**
 * Describes the CPU time of the load generator, and lists the loads in which it used more than the server: there it may be
 * the bottleneck.
 */
export function generatorCosts(figures: Figures): string[] {
  const servers = ["conclave", figures.peer] as const;
  const busy = (["get", "set", "create"] as const).flatMap((name) => {
    const costs = servers.flatMap((serverName) => {
      const own = figures.summary(serverName, `${name}.ownCpuUs`)?.median;
      return own === undefined ? [] : [`${threeDigits(own)} µs with ${SERVER_TITLES[serverName]}`];
    });
    return costs.length === 0 ? [] : [`${costs.join(" and ")} for each ${name}`];
  });
  const above = cellsOf(FULL).flatMap(({ name }) =>
    servers.flatMap((serverName) => {
      const own = figures.summary(serverName, `${name}.ownCpuUs`)?.median;
      const server = figures.summary(serverName, `${name}.cpuUs`)?.median;
      if (own === undefined || server === undefined || own <= server) return [];
      return [
        `The load generator cost more than ${SERVER_TITLES[serverName]}'s server in ${name}: ${threeDigits(own)} and ${threeDigits(server)} µs.`,
      ];
    }),
  );
  return [...(busy.length === 0 ? [] : [`The load generator cost ${busy.join(", ")}.`]), ...above];
}
