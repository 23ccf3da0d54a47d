import { threeDigits } from "../report/three-digits.ts";
import type { Figures } from "./figures.ts";
import { cellsOf, FULL } from "./plan.ts";
import { SERVER_NAMES } from "./server-name.ts";

const TITLES = { conclave: "Conclave", apache: "Apache" } as const;

/**
 * Describes the CPU time of the load generator, and lists the loads in which it used more than the server: there it may be
 * the bottleneck.
 */
export function generatorCosts(figures: Figures): string[] {
  const busy = (["get", "set", "create"] as const).flatMap((name) => {
    const costs = SERVER_NAMES.flatMap((serverName) => {
      const own = figures.summary(serverName, `${name}.ownCpuUs`)?.median;
      return own === undefined ? [] : [`${threeDigits(own)} µs with ${TITLES[serverName]}`];
    });
    return costs.length === 0 ? [] : [`${costs.join(" and ")} for each ${name}`];
  });
  const above = cellsOf(FULL).flatMap(({ name }) =>
    SERVER_NAMES.flatMap((serverName) => {
      const own = figures.summary(serverName, `${name}.ownCpuUs`)?.median;
      const server = figures.summary(serverName, `${name}.cpuUs`)?.median;
      if (own === undefined || server === undefined || own <= server) return [];
      return [
        `The load generator cost more than ${TITLES[serverName]}'s server in ${name}: ${threeDigits(own)} and ${threeDigits(server)} µs.`,
      ];
    }),
  );
  return [...(busy.length === 0 ? [] : [`The load generator cost ${busy.join(", ")}.`]), ...above];
}
