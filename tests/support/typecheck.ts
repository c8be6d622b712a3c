/** Data against published types: the compiler judges a literal of it, down to keys that the type does not have. */
import { join } from "node:path";
import * as ts from "typescript";

const ROOT = join(__dirname, "../..");

/** Declarations, which no text changes. */
const parsed = new Map<string, ts.SourceFile>();

/**
 * What the compiler says about a text, as a module of this project.
 * @returns one sentence for each error, with the line's text
 */
export function typeErrors(source: string): string[] {
  const file = join(ROOT, "tests", "typechecked.ts");
  const options: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    lib: ["lib.es2022.d.ts"],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    getSourceFile: (name, ...rest) => {
      if (name === file) return ts.createSourceFile(name, source, ts.ScriptTarget.ES2022);
      const known = parsed.get(name) ?? disk.getSourceFile(name, ...rest);
      if (known) parsed.set(name, known);
      return known;
    },
    fileExists: (name) => name === file || disk.fileExists(name),
    readFile: (name) => (name === file ? source : disk.readFile(name)),
  };
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, start, file: where }) => {
    const line = where === undefined || start === undefined ? "" : lineAt(where.text, start);
    return `${ts.flattenDiagnosticMessageText(messageText, " ")} (${line})`;
  });
}

function lineAt(text: string, position: number): string {
  return (
    text
      .slice(text.lastIndexOf("\n", position - 1) + 1)
      .split("\n")[0]
      ?.trim() ?? ""
  );
}
