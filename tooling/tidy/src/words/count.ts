/** Words that plain technical English does not need. */
const ODD: ReadonlySet<string> = new Set(
  (
    "who whom whoever whose what nobody somebody anybody told tells stands behind beside goes gone anew " + "chance"
  ).split(" "),
);
/** A doc comment that begins with one of these describes its subject in a riddle, not by a verb or a noun. */
const RIDDLES: ReadonlySet<string> = new Set(["What", "How", "Whether", "Who", "Where", "Which", "Of", "As"]);

/** A part of a whole. */
export interface Share {
  readonly part: number;
  readonly of: number;
}

/** Counts the odd words of a text, and all words. */
export function countOdd(text: string): Share {
  const words = wordsOf(text);
  return { part: words.filter((word) => ODD.has(word.toLowerCase())).length, of: words.length };
}

/** Returns true for a doc comment that opens with a riddle. */
export function isRiddle(text: string): boolean {
  const [first = ""] = wordsOf(text);
  return RIDDLES.has(first);
}

/** Returns the sum of shares. */
export function sum(shares: readonly Share[]): Share {
  return shares.reduce((total, { part, of }) => ({ part: total.part + part, of: total.of + of }), { part: 0, of: 0 });
}

const wordsOf = (text: string): readonly string[] => text.match(/[A-Za-z']+/g) ?? [];
