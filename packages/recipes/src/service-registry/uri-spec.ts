/** Part of a URI template: literal text, or the name of a variable. */
export interface UriPart {
  readonly value: string;
  readonly variable: boolean;
}

/** Template of an instance's URI, in the form of Curator's `UriSpec`. */
export interface UriSpec {
  readonly parts: readonly UriPart[];
}

/** Parses a template such as `{scheme}://{address}:{port}/v1`. */
export function parseUriSpec(template: string): UriSpec {
  const parts = template.split(/(\{[^{}]*\})/).filter((part) => part !== "");
  return {
    parts: parts.map((part) =>
      part.startsWith("{") && part.endsWith("}")
        ? { value: part.slice(1, -1).trim(), variable: true }
        : { value: part, variable: false },
    ),
  };
}
