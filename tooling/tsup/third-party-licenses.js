import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Beside the code that it is for. */
const FILE = "THIRD_PARTY_LICENSES";

/**
 * A plugin of esbuild that writes the licence of every package from elsewhere that a bundle holds; one without a licence
 * fails the build.
 */
export const thirdPartyLicenses = {
  name: "third-party-licenses",
  setup({ initialOptions, onEnd }) {
    onEnd(({ metafile }) => {
      const folders = new Set(Object.keys(metafile?.inputs ?? {}).flatMap((input) => packageFolder(input) ?? []));
      if (folders.size === 0) return;
      const texts = [...folders].map(licence).sort();
      mkdirSync(initialOptions.outdir, { recursive: true }); // tsup writes the bundle later
      writeFileSync(join(initialOptions.outdir, FILE), texts.join("\n"));
    });
  },
};

function packageFolder(input) {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];
}

function licence(folder) {
  const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${name} is bundled, but has no licence in ${folder}`);
  return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}
