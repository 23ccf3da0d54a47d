import { posix } from "node:path";
import type { Workspace } from "@conclave/tidy";
import { type Markdown, readMarkdown } from "./markdown.ts";

/** Returns the faults of a document: `README.md:12: …`. */
export type Problem = string;

interface Manifest {
  readonly name: string;
  readonly packageManager?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Every document of the workspace, by its path. */
export function readDocuments({ files }: Workspace): Map<string, Markdown> {
  const documents = [...files].filter(([path]) => path.endsWith(".md"));
  return new Map(documents.map(([path, text]) => [path, readMarkdown(text)]));
}

/** Relative links that lead to no file, folder or heading of the workspace. Other links are not followed. */
export function brokenLinks(path: string, workspace: Workspace, documents: ReadonlyMap<string, Markdown>): Problem[] {
  const there = new Set([...workspace.files.keys(), ...(workspace.binaries ?? [])]);
  const folders = new Set([...there].flatMap(foldersAbove));
  const problems: Problem[] = [];
  for (const { text, line } of documents.get(path)?.links ?? []) {
    if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(text)) continue;
    const [, file = "", anchor] = /^([^#?]*)[^#]*(?:#(.*))?$/.exec(decodeURIComponent(text)) ?? [];
    // GitHub reads a leading slash as the repository's root.
    const target =
      file === "" ? path : posix.join(file.startsWith("/") ? "." : posix.dirname(path), file).replace(/^\/|\/$/g, "");
    if (!there.has(target) && !folders.has(target)) {
      problems.push(`${path}:${line}: the link "${text}" leads to ${target}, which does not exist`);
      continue;
    }
    const document = documents.get(target) ?? documents.get(posix.join(target, "README.md"));
    if (anchor !== undefined && document !== undefined && !document.anchors.has(anchor)) {
      problems.push(`${path}:${line}: the link "${text}" leads to a heading that does not exist`);
    }
  }
  return problems;
}

/**
 * Returns links to tests with a title, `[yes](x.test.ts "gets null as null")`, that is not in that file: a document proves its
 * claims by the tests that it names.
 */
export function unprovenClaims(path: string, { files }: Workspace, { citations }: Markdown): Problem[] {
  return citations
    .filter(({ text, title }) => !files.get(posix.join(posix.dirname(path), text))?.includes(title))
    .map(({ text, title, line }) => `${path}:${line}: there is no test "${title}" in ${text}`);
}

function foldersAbove(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === "." ? ["."] : [folder, ...foldersAbove(folder)];
}

const PNPM = /^(?:npx (?:--yes |-y )?)?pnpm(?:@(\S+))?((?: \S+)*)/;
/** Commands of pnpm itself, of those that documents name. */
const BUILT_IN: ReadonlySet<string> = new Set([
  "add",
  "dlx",
  "exec",
  "i",
  "install",
  "pack",
  "publish",
  "remove",
  "why",
]);

/** Commands that name a script, or a version of pnpm, that the workspace does not have. */
export function unknownCommands(path: string, workspace: Workspace, { commands }: Markdown): Problem[] {
  const manifests = [...workspace.files]
    .filter(([file]) => /(?:^|\/)package\.json$/.test(file))
    .map(([file, text]) => ({ file, ...(JSON.parse(text) as Manifest) }));
  const root = manifests.find(({ file }) => file === "package.json");
  const problems: Problem[] = [];
  for (const { text, line } of commands) {
    const match = PNPM.exec(text);
    if (match === null) continue;
    const version = match[1];
    if (version !== undefined && root?.packageManager !== `pnpm@${version}`) {
      problems.push(
        `${path}:${line}: "${text}" asks for pnpm ${version}, and package.json for ${root?.packageManager}`,
      );
    }
    const { script, of } = readArguments(match[2]!.trim().split(" "));
    // A sentence may leave the script open: `pnpm <script>`, `pnpm …`.
    if (script === undefined || BUILT_IN.has(script) || !/^[\w:.-]+$/.test(script)) continue;
    const owner = of === undefined ? root : manifests.find(({ name }) => name === of);
    const tools = Object.keys(root?.devDependencies ?? {}).map((name) => name.replace(/^@[^/]+\//, ""));
    if (owner?.scripts?.[script] === undefined && !tools.includes(script)) {
      problems.push(`${path}:${line}: "${text}" names "${script}", which is no script of ${owner?.file ?? of}`);
    }
  }
  return problems;
}

/** The script that pnpm is asked for, and by `--filter` the package of the script. */
function readArguments(words: readonly string[]): { script?: string; of?: string } {
  let of: string | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const filter = /^(?:--filter|-F)(?:=(.+))?$/.exec(word);
    if (filter !== null) of = (filter[1] ?? words[++index])?.replace(/^\.{3}|\.{3}$/g, "");
    else if (!word.startsWith("-") && word !== "run" && word !== "") {
      return { script: word, ...(of !== undefined && { of }) };
    }
  }
  return {};
}
