/** A name and fields as one line of text, which Java reads without a library: `hand-over sessions=10 forMs=2000`. */
export interface MessageLine {
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Encodes a message. Keys and values must not contain blanks. */
export function writeMessage(name: string, fields: Readonly<Record<string, string | number>> = {}): string {
  return [name, ...Object.entries(fields).map(([key, value]) => `${key}=${value}`)].join(" ");
}

export function readMessage(line: string): MessageLine {
  const [name = "", ...words] = line.trim().split(" ");
  return {
    name,
    fields: Object.fromEntries(
      words.map((word) => {
        const at = word.indexOf("=");
        return [word.slice(0, at), word.slice(at + 1)];
      }),
    ),
  };
}
