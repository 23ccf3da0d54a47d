/** Places where the title of a repeated test shows its values. */
const VALUE = /%[sdifjo#]|\$[\w.]+/;

/** Returns a pattern for a title of a suite or test, or for several of them in order; `%s` stands for any value. */
export function titlePattern(...titles: readonly string[]): RegExp {
  const patterns = titles.map((title) => title.split(VALUE).map(escaped).join("[^]*"));
  return new RegExp(`^${patterns.join(" > ")}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** First argument of a call, which is the place of the title of a suite or test. */
const TITLE = /\(\s*("(?:[^"\\\n]|\\.)+"),/g;

/** Returns the titles of all suites and tests in a source, those of repeated tests as they are written. */
export function titlesIn(source: string): string[] {
  return [...source.matchAll(TITLE)].map(([, literal]) => JSON.parse(literal!) as string);
}
