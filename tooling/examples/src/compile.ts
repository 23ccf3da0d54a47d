import ts from "typescript";
import { compilerOptions } from "./type-check.ts";

const options: ts.CompilerOptions = {
  ...compilerOptions(),
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  target: ts.ScriptTarget.ESNext,
  noEmit: false,
  allowImportingTsExtensions: false,
  inlineSourceMap: true,
  inlineSources: true,
};

/** The module as JavaScript, its source map included. Node.js strips types by itself, but decorators need a compiler. */
export const compile = (text: string, fileName: string): string =>
  ts.transpileModule(text, { fileName, compilerOptions: options }).outputText;
