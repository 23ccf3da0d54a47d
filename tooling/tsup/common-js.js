import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "@swc/core";

/*
 * Writes the CommonJS of a package next to its ES modules: `dist/x.cjs` and `dist/x.d.cts` for each `x` that the `require`
 * conditions of package.json name, and for the chunks that they load. Runs in the folder of the package, after tsup.
 *
 * The CommonJS is made from the built ES modules, file by file: a second bundle would double the time of a build, and a
 * bundle per entry would hold a second copy of each class that entries share.
 */
const { publishConfig } = JSON.parse(readFileSync("package.json", "utf8"));
const entries = Object.values(publishConfig.exports).flatMap(({ require }) => (require === undefined ? [] : [require]));
for (const entry of entries) if (!entry.endsWith(".cjs")) throw new Error(`package.json: ${entry} is not a .cjs file`);

const toCommonJs = {
  configFile: false,
  swcrc: false,
  jsc: { parser: { syntax: "ecmascript" }, target: "es2022", externalHelpers: false, preserveAllComments: true },
  module: { type: "commonjs", importInterop: "node", exportInteropAnnotation: true },
};

convert(".js", ".cjs", (text) =>
  transformSync(text, toCommonJs).code.replaceAll(/(\brequire\("\.[^"]*)\.js"/g, '$1.cjs"'),
);
convert(".d.ts", ".d.cts", (text) => text.replaceAll(/((?:\bfrom |\bimport\()(["'])\.[^"']*)\.js\2/g, "$1.cjs$2"));

/** Converts the entries and all that they load from this package. */
function convert(from, to, transform) {
  const files = new Set(entries.map((entry) => entry.slice(0, -".cjs".length)));
  for (const file of files) {
    const text = transform(readFileSync(file + from, "utf8"));
    writeFileSync(file + to, text);
    for (const [, loaded] of text.matchAll(/(?:\bfrom |\bimport\(|\brequire\()["'](\.[^"']*)\.cjs["']/g)) {
      files.add(`./${join(file, "..", loaded)}`);
    }
  }
}
