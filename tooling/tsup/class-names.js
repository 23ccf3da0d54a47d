/**
 * Plugin of tsup that keeps the names of classes. esbuild bundles a class that refers to itself as `var A = class _A`, and
 * users would see `_A` in uncaught errors and logs.
 */
export const classNames = {
  name: "class-names",
  renderChunk(code) {
    const renamed = [...code.matchAll(/^var (\w+) = class _\1\b/gm)].map(([, name]) => name);
    return { code: renamed.reduce((text, name) => text.replaceAll(new RegExp(`\\b_${name}\\b`, "g"), name), code) };
  },
};
