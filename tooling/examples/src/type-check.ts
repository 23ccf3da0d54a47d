import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import ts from "typescript";
import { type Example, type Installation, moduleText } from "./example.ts";

const settings = createRequire(import.meta.url).resolve("@conclave/tsconfig/nest.json");

/** The settings that examples are checked and run with: a strict user of NestJS, on our sources. */
export function compilerOptions(): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(settings, ts.sys.readFile);
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, "\n"));
  return ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, dirname(settings)).options;
}

/**
 * Checks examples against the workspace's sources, in one program, each as a module of its own. Returns the compiler's
 * messages for each, which name the document and its lines; "" where there are none.
 */
export function typeCheck(
  root: string,
  examples: readonly Example[],
  installation: Installation,
): Map<Example, string> {
  const byFile = new Map(examples.map((example) => [join(root, fileOf(example)), example]));
  const options = compilerOptions();
  const host = ts.createCompilerHost(options, true);
  const { fileExists, readFile, getSourceFile } = host;
  const isHeld = (file: string): boolean => byFile.has(file);
  host.fileExists = (file) => isHeld(file) || fileExists(file);
  host.readFile = (file) => (isHeld(file) ? moduleText(byFile.get(file)!) : readFile(file));
  host.getSourceFile = (file, version, ...rest) =>
    isHeld(file)
      ? ts.createSourceFile(file, moduleText(byFile.get(file)!), version, true)
      : getSourceFile(file, version, ...rest);
  // The types of Node.js, which `types` names, are this package's own.
  host.getCurrentDirectory = () => dirname(import.meta.dirname);
  host.resolveModuleNameLiterals = (literals, containing, redirected, options, source) =>
    literals.map((literal) => {
      const mode = ts.getModeForUsageLocation(source, literal, options);
      const resolve = (from: string) =>
        ts.resolveModuleName(literal.text, from, options, host, undefined, redirected, mode);
      const example = byFile.get(containing);
      if (example === undefined || literal.text.startsWith(".")) return resolve(containing);
      const attempts = installation.from(example.document, literal.text).map((folder) => resolve(join(folder, "a.ts")));
      return attempts.find(({ resolvedModule }) => resolvedModule !== undefined) ?? attempts[0]!;
    });

  const program = ts.createProgram({ rootNames: [...byFile.keys()], options, host });
  const messages = new Map<Example, string>();
  for (const [file, example] of byFile) {
    const source = program.getSourceFile(file)!;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    const text = ts.formatDiagnosticsWithColorAndContext(found, {
      getCurrentDirectory: () => root,
      getCanonicalFileName: (name) => name,
      getNewLine: () => "\n",
    });
    messages.set(example, stripVTControlCharacters(text).replaceAll(fileOf(example), example.document));
  }
  return messages;
}

/** A file that does not exist, in the folder of the document. */
const fileOf = ({ document, line }: Example): string => `${document}.${line}.ts`;
