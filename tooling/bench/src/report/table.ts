/** A table of text, for terminals and for Markdown. */
export interface Table {
  readonly head: readonly string[];
  /** Alignment by column; `left` for names, `right` for numbers. */
  readonly align: readonly ("left" | "right")[];
  /** Cells by row; `null` separates groups. */
  readonly rows: readonly (readonly string[] | null)[];
}

/** Adds colours to a cell that has its final width; must not add visible characters. */
export type Paint = (text: string, row: readonly string[] | undefined, column: number) => string;

/** Renders a table for a terminal: columns are padded to their widest cell and separated by two spaces. */
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

/** Renders a table for GitHub's Markdown, without the lines between groups. */
export function renderMarkdown(table: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  const rule = `| ${table.align.map((align) => (align === "right" ? "--:" : ":--")).join(" | ")} |\n`;
  const rows = table.rows.filter((row) => row !== null);
  return [line(table.head), rule, ...rows.map(line)].join("");
}
