import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Exhibit, Scenario } from "./exhibit.ts";
import { titlePattern, titlesIn } from "./titles.ts";

/** Reads a source; undefined if it does not exist. */
export type ReadSource = (file: string) => string | undefined;

/** Reads sources of a folder, each once. */
export function sourcesIn(folder: string): ReadSource {
  const sources = new Map<string, string | undefined>();
  return (file) => {
    const path = join(folder, file);
    if (!sources.has(file)) sources.set(file, existsSync(path) ? readFileSync(path, "utf8") : undefined);
    return sources.get(file);
  };
}

/** Returns the reasons why exhibits do not fit the sources, each with the name of the exhibit. */
export function problemsOf(exhibits: readonly Exhibit[], read: ReadSource): string[] {
  const names = exhibits.map(({ name }) => name);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...repeated.map((name) => `${name}: another exhibit has this name`),
    ...exhibits.flatMap((exhibit) =>
      [...guardProblems(exhibit, read), ...scenarioProblems(exhibit.scenario, read)].map(
        (problem) => `${exhibit.name}: ${problem}`,
      ),
    ),
  ];
}

function guardProblems({ edits }: Exhibit, read: ReadSource): string[] {
  return edits.flatMap(({ file, text }) => {
    const source = read(file);
    if (source === undefined) return [`there is no ${file}`];
    const count = source.split(text).length - 1;
    return count === 1 ? [] : [`${file} has the text of the guard ${count} times, not once: ${text}`];
  });
}

function scenarioProblems({ file, titles }: Scenario, read: ReadSource): string[] {
  const source = read(file);
  if (source === undefined) return [`there is no ${file}`];
  const written = titlesIn(source);
  const isWritten = (title: string) => written.some((each) => each === title || titlePattern(each).test(title));
  return titles.filter((title) => !isWritten(title)).map((title) => `${file} has no suite or test "${title}"`);
}
