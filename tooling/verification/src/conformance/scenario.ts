import type { ConformanceStage } from "./conformance-stage.ts";
import type { WireRequest } from "./wire-request.ts";

/** Makes a path below the scenario's own znode: `at("/a")`. */
export type At = (path: string) => string;

/** Something that clients do to a server, and all that comes of it. */
export interface Scenario {
  /** Also the znode below which it plays: `/<group>-<name>`. */
  readonly name: string;
  play(stage: ConformanceStage, at: At): Promise<void>;
}

/** Scenarios about one thing, recorded in one file. */
export interface ScenarioGroup {
  readonly name: string;
  readonly scenarios: readonly Scenario[];
}

export const scenario = (name: string, play: Scenario["play"]): Scenario => ({ name, play });

/** One client that asks one thing after the other. */
export const asks = (name: string, requests: (at: At) => readonly WireRequest[]): Scenario =>
  scenario(name, async (stage, at) => {
    const client = await stage.connect();
    await client.ask(...requests(at));
  });
