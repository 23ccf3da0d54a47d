/** A table of text, before it is known what shows it. */
export interface Table {
  readonly head: readonly string[];
  /** By column; `left` for names, `right` for numbers. */
  readonly align: readonly ("left" | "right")[];
  /** `null` for a line between groups. */
  readonly rows: readonly (readonly string[] | null)[];
}

/** What a cell looks like on a terminal once it has its width; it must not add visible characters. */
export type Paint = (text: string, row: readonly string[] | undefined, column: number) => string;

/** For a terminal: columns padded to their widest cell, two spaces between, the head on top. */
export function renderText(table: Table, paint: Paint = (text) => text): string {
  const rows = table.rows.filter((row) => row !== null);
  const widths = table.head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[], row: readonly string[] | undefined): string =>
    cells
      .map((cell, column) => {
        const width = widths[column]!;
        const padded = table.align[column] === "right" ? cell.padStart(width) : cell.padEnd(width);
        return paint(padded, row, column);
      })
      .join("  ")
      .trimEnd();
  const body = table.rows.map((row) => (row === null ? "" : line(row, row)));
  return [line(table.head, undefined), ...body].map((text) => `${text}\n`).join("");
}

/** For a document: GitHub's tables. Lines between groups are left out, since Markdown has none. */
export function renderMarkdown(table: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  const rule = `| ${table.align.map((align) => (align === "right" ? "--:" : ":--")).join(" | ")} |\n`;
  const rows = table.rows.filter((row) => row !== null);
  return [line(table.head), rule, ...rows.map(line)].join("");
}
