import type { WireRequest } from "../wire/wire-request.ts";
import type { ScenarioContext } from "./scenario-context.ts";

/** Returns a path below the znode of the scenario: `at("/a")`. */
export type At = (path: string) => string;

/** Requests of clients to a server, and everything that it sends. */
export interface Scenario {
  /** Unique name in its group; the scenario runs below the znode `/<group>-<name>`. */
  readonly name: string;
  run(context: ScenarioContext, at: At): Promise<void>;
}

/** Scenarios about one subject, recorded in one file. */
export interface ScenarioGroup {
  readonly name: string;
  readonly scenarios: readonly Scenario[];
}

export const scenario = (name: string, run: Scenario["run"]): Scenario => ({ name, run });

/** Creates a scenario of one client that sends requests one after the other. */
export const asks = (name: string, requests: (at: At) => readonly WireRequest[]): Scenario =>
  scenario(name, async (context, at) => {
    const client = await context.connect();
    await client.ask(...requests(at));
  });
