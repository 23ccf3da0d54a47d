import { isZkError, type Stat } from "@conclave/client";
import { shownJson } from "@conclave/runtime";
import { hex } from "../json-line.js";
import { quotedIfNeeded } from "../quoted.js";
import { namedRecipes, oneRecipe, searchRecipes } from "../recipes/find-recipes.js";
import { ELECTIONS, type Entrant, GROUPS, LOCKS, type Recipe, type RecipeKind } from "../recipes/recipe-kinds.js";
import { shownDuration } from "../shown-duration.js";
import { showSessions } from "./session-command.js";
import type { ShellCall, ShellCommand } from "./shell-call.js";

/** Prints the recipe that the argument names or has as its path; without one, those in which processes take part. */
async function show(kind: RecipeKind, call: ShellCall): Promise<void> {
  const { zk, signal } = call;
  const given = call.text(0);
  if (call.has("all")) {
    for (const recipe of await searchRecipes(zk, kind, call.path(0), signal)) await print(call, kind, recipe);
  } else if (given === undefined) {
    for (const recipe of await namedRecipes(zk, kind, signal)) await print(call, kind, recipe);
  } else {
    const name = given.startsWith("/") ? call.path(0) : given;
    await print(call, kind, await oneRecipe(zk, kind, name, signal));
  }
}

async function print(call: ShellCall, kind: RecipeKind, { path, kind: name, entrants }: Recipe): Promise<void> {
  const [own, ...stats] = await Promise.all(
    [path, ...entrants.map((each) => each.path)].map((each) => statOf(call, each)),
  );
  const known = entrants.map((each, index) => {
    const ctime = stats[index]?.ctime;
    return { ...each, since: ctime === undefined ? undefined : new Date(ctime).toISOString() };
  });
  const facts = own === undefined ? undefined : kind.facts?.(own);
  const component = quotedIfNeeded(decoded(path.slice(path.lastIndexOf("/") + 1)));
  const shownFacts = Object.entries(facts ?? {}).map(([fact, value]) => `${fact} ${value}`);
  const details =
    entrants.length === 0
      ? [": no process takes part"]
      : shownFacts.length === 0
        ? []
        : [`  (${shownFacts.join(", ")})`];
  await call.print(
    { path, kind: name, ...facts, entrants: known },
    `${component}  ${quotedIfNeeded(path)}${details.join("")}`,
    ...known.map(entrantLine),
  );
}

function entrantLine({
  id,
  role,
  access,
  sessionId,
  fencingToken,
  since,
  data,
  waitsFor,
  why,
}: Entrant & { readonly since: string | undefined }): string {
  const age =
    since === undefined ? "(it has just left)" : `${since} (${shownDuration(Date.now() - Date.parse(since))})`;
  const details = [
    ...(access === undefined ? [] : [access]),
    `session ${hex(sessionId)}`,
    `token ${fencingToken}`,
    `since ${age}`,
    ...(data === undefined || data === null ? [] : [`data ${shownJson(data)}`]),
  ];
  const reason = waitsFor === undefined ? "" : `  waits for ${quotedIfNeeded(waitsFor.id)}: ${why}`;
  return `  ${role.padEnd(9)}  ${quotedIfNeeded(id)}  (${details.join(", ")})${reason}`;
}

async function statOf({ zk, signal }: ShellCall, path: string): Promise<Stat | undefined> {
  try {
    return (await zk.exists(path, { signal })) ?? undefined;
  } catch (error) {
    if (isZkError(error, "NO_AUTH")) return undefined;
    throw error;
  }
}

function decoded(component: string): string {
  try {
    return decodeURIComponent(component);
  } catch {
    return component;
  }
}

const command = (name: string, summary: string, kind: RecipeKind): ShellCommand => ({
  ...{ name, counts: [0, 1], run: (call) => show(kind, call) },
  ...(kind.entrantName === undefined
    ? { usage: "[name | path]", summary }
    : {
        usage: "[name | path] | --all [path]",
        summary: `${summary}; --all: search the tree for those of Curator too`,
        options: { all: { type: "boolean", short: "a" } },
      }),
});

/** Commands that show recipes: of Conclave, and of Curator by their path or with `--all`. */
export const RECIPE_COMMANDS: readonly ShellCommand[] = [
  command("locks", "print the locks with their holders and waiters, in order", LOCKS),
  command("elections", "print the elections with their leaders and candidates, in order", ELECTIONS),
  command("groups", "print the groups with their members, the oldest first", GROUPS),
  {
    name: "sessions",
    usage: "[path]",
    summary:
      "print the sessions by client, with their ephemeral znodes at or below the path, and their connections if the servers permit cons",
    counts: [0, 1],
    run: showSessions,
  },
];
