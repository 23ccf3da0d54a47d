/** One `key=value` of a properties file. */
export interface Property {
  readonly key: string;
  readonly value: string;
  /** First line, counted from 1. */
  readonly line: number;
}

/** Thrown for text that Java cannot read either. */
export class PropertiesError extends Error {
  override readonly name = "PropertiesError";
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

const LEADING_SPACE = /^[ \t\f]*/;

/**
 * Reads Java's properties format like `java.util.Properties.load`: comments (`#`, `!`), keys that end with `=`, `:` or
 * white space, escapes (`\t`, `\n`, `\r`, `\f`, `\uXXXX`, any other character means itself), and lines that a
 * backslash continues. Keys come in the order of the file, repeated ones each time. Throws {@link PropertiesError}.
 */
export function parseProperties(text: string): Property[] {
  return [...logicalLines(text)].map(({ text: content, line }) => {
    const [key, value] = split(content);
    return { key: unescaped(key, line), value: unescaped(value, line), line };
  });
}

/** Yields lines without indentation, comments and blank lines; continued lines are joined. */
function* logicalLines(text: string): Generator<LogicalLine> {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  for (let i = 0; i < lines.length; i++) {
    let content = lines[i]!.replace(LEADING_SPACE, "");
    if (content === "" || content.startsWith("#") || content.startsWith("!")) continue;
    const line = i + 1;
    while (isContinued(content)) {
      i++;
      content = content.slice(0, -1) + (lines[i] ?? "").replace(LEADING_SPACE, "");
    }
    if (content !== "") yield { text: content, line };
  }
}

/** Returns true for an odd number of backslashes at the end; an even number means half as many characters. */
function isContinued(content: string): boolean {
  return (/\\*$/.exec(content)![0].length & 1) === 1;
}

function split(content: string): [key: string, value: string] {
  const match = /^((?:[^\\=: \t\f]|\\.)*)[ \t\f]*[=:]?[ \t\f]*(.*)$/s.exec(content)!;
  return [match[1]!, match[2]!];
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescaped(text: string, line: number): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex: string | undefined, char: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (char === "u") throw new PropertiesError(line, "\\u must be followed by four hexadecimal digits");
    return ESCAPES[char] ?? char;
  });
}
