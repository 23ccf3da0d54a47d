import { threeDigits } from "../three-digits.ts";
import { CONTESTANTS } from "./contestant.ts";
import type { Figures } from "./figures.ts";
import { cellsOf, FULL } from "./plan.ts";

const TITLES = { conclave: "Conclave", apache: "Apache" } as const;

/** What the load generator itself cost, and where it cost more than the server that it loaded: there it may be what limits. */
export function generatorCosts(figures: Figures): string[] {
  const busy = (["get", "set", "create"] as const).flatMap((name) => {
    const costs = CONTESTANTS.flatMap((contestant) => {
      const own = figures.summary(contestant, `${name}.ownCpuUs`)?.median;
      return own === undefined ? [] : [`${threeDigits(own)} µs with ${TITLES[contestant]}`];
    });
    return costs.length === 0 ? [] : [`${costs.join(" and ")} for each ${name}`];
  });
  const above = cellsOf(FULL).flatMap(({ name }) =>
    CONTESTANTS.flatMap((contestant) => {
      const own = figures.summary(contestant, `${name}.ownCpuUs`)?.median;
      const server = figures.summary(contestant, `${name}.cpuUs`)?.median;
      if (own === undefined || server === undefined || own <= server) return [];
      return [
        `The load generator cost more than ${TITLES[contestant]}'s server in ${name}: ${threeDigits(own)} and ${threeDigits(server)} µs.`,
      ];
    }),
  );
  return [...(busy.length === 0 ? [] : [`The load generator cost ${busy.join(", ")}.`]), ...above];
}
