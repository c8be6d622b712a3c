/** Texts of query languages and Grafana's grammars of them. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";

/** What is used of a Lezer parser. */
interface Grammar {
  parse(text: string): {
    iterate(visitor: {
      enter: (node: {
        readonly type: { readonly isError: boolean };
        readonly name: string;
        readonly from: number;
        readonly to: number;
      }) => void;
    }): void;
  };
}

/**
 * The parser of a grammar's package. Required by name, because these packages declare the types of their ES module
 * alone, which a CommonJS file may not import.
 */
export function grammarOf(packageName: string): Grammar {
  return (createRequire(__filename)(packageName) as { parser: Grammar }).parser;
}

/** @throws AssertionError that marks the first place where the grammar does not go on */
export function assertSyntax(language: string, grammar: Grammar, text: string): void {
  assert.notEqual(text.trim(), "", `an empty text is no ${language}`);
  let error: number | undefined;
  grammar.parse(text).iterate({
    enter: (node) => {
      if (node.type.isError) error ??= node.from;
    },
  });
  if (error !== undefined) {
    assert.fail(`no ${language} from position ${error} on: ${text.slice(0, error)} --> ${text.slice(error)}`);
  }
}
