import type { Fixture } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

const DOC = "/** Promises something. */\n";

/** A small repository that keeps every rule; fixtures change it. */
const FILES: Readonly<Record<string, string>> = {
  ...member("packages", "protocol", "frame", []),
  ...member("packages", "runtime", "clock", []),
  ...member("packages", "client", "connect", ["protocol", "runtime"]),
  ...member("packages", "recipes", "mutex", ["client", "runtime"], { "./mutex": "./src/mutex.ts" }),
  ...member("packages", "server", "serve", ["protocol", "runtime"]),
  ...member("packages", "nestjs", "module", ["recipes", "client", "runtime"]),
  ...member("packages", "express", "handler", ["recipes", "client", "runtime"]),
  ...member("packages", "testing", "ensemble", ["server", "client", "protocol", "runtime"]),
  ...member("packages", "cli", "command", ["server", "runtime", "protocol"]),
  ...member("apps", "demo", "main", ["cli", "client", "sample"]),
  ...member("apps", "sample", "main", ["nestjs"]),
  ...member("tooling", "bench", "bench", []),
  ...member("tooling", "verification", "run", []),
  ...member("tooling", "services", "services", []),
  "tooling/tidy/ratchet.json": "{}\n",
};

/** Returns the example repository with the files of `fixture`. */
export function exampleRepository(fixture?: Fixture): Workspace {
  const files = new Map(Object.entries(FILES));
  for (const [path, text] of Object.entries(fixture?.files ?? {})) {
    if (text === null) files.delete(path);
    else files.set(path, text);
  }
  return { files };
}

/** Returns the files of a package with one source file that exports `main`, and an index that lists it. */
function member(
  group: string,
  id: string,
  main: string,
  needs: readonly string[],
  entries: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const folder = `${group}/${id}`;
  const manifest = {
    name: `@conclave/${id}`,
    ...(group === "packages" ? {} : { private: true }),
    exports: { ".": "./src/index.ts", ...entries },
    dependencies: Object.fromEntries(needs.map((name) => [`@conclave/${name}`, "workspace:*"])),
  };
  return {
    [`${folder}/package.json`]: `${JSON.stringify(manifest, null, 2)}\n`,
    [`${folder}/src/index.ts`]: `export { ${main} } from "./${main}.js";\n`,
    [`${folder}/src/${main}.ts`]: `${DOC}export function ${main}(): number {\n  return 1;\n}\n`,
  };
}
