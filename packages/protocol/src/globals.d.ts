/** The two platform objects that the codec uses: a Web standard, present in Node.js, browsers, Bun and Deno. */
declare class TextDecoder {
  constructor(label?: string, options?: { readonly ignoreBOM?: boolean });
  decode(input: Uint8Array): string;
}
declare class TextEncoder {
  encode(input: string): Uint8Array;
}

/** A text file as a string, for the test that runs the README's example. */
declare module "*.md?raw";
