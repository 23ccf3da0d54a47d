import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";

export const DEPLOY_FOLDER = join(import.meta.dirname, "../../../../deploy");

/** Kinds of deployment, each a folder. */
export const KINDS = ["embedded", "conclave", "apache"] as const;

/** Parts of a parsed file that the tests read. Missing parts are found by the expectations. */
// biome-ignore lint/suspicious/noExplicitAny: the shape of a file is what the tests check
export type Parsed = any;

export const readDeployFile = (...path: readonly string[]): string =>
  readFileSync(join(DEPLOY_FOLDER, ...path), "utf8");

/** Returns the objects of a file with several documents. Throws where it is no YAML, or a key is there twice. */
export function readManifests(kind: string): readonly Parsed[] {
  return parseAllDocuments(readDeployFile(kind, "kubernetes.yaml"), { strict: true, uniqueKeys: true }).map(
    (document) => {
      if (document.errors.length > 0) throw document.errors[0]!;
      return document.toJS() as Parsed;
    },
  );
}

/** Returns a compose file as Compose reads it: with merged keys and these variables. */
export function readCompose(kind: string, variables: Readonly<Record<string, string>>): Parsed {
  const read = (value: unknown): unknown => {
    if (typeof value === "string") return interpolated(value, variables);
    if (Array.isArray(value)) return value.map(read);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, read(each)]));
  };
  return read(parse(readDeployFile(kind, "compose.yaml"), { merge: true }));
}

function interpolated(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\{(\w+)(?::\?[^}]*)?\}/g, (match, name?: string) => {
    if (name === undefined) return match === "$$" ? "$" : match;
    const value = variables[name];
    if (value === undefined) throw new Error(`the variable ${name} is not set`);
    return value;
  });
}

/** Returns the values of each key of a unit, in order, whatever their section. */
export function readUnit(kind: string, file: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const line of readDeployFile(kind, file).split("\n")) {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}
