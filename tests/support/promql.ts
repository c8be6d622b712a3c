import { assertSyntax, grammarOf } from "./grammar";

const grammar = grammarOf("@prometheus-io/lezer-promql");

/**
 * Parses a PromQL text by the grammar of Prometheus' own editor; Grafana's variables must have been replaced.
 * @throws AssertionError that marks the place of the error
 */
export function assertPromQL(text: string): void {
  assertSyntax("PromQL", grammar, text);
}

/** One selector of series in an expression. */
export interface Selector {
  /** Absent where only a condition on `__name__` says it. */
  readonly metric?: string;
  /** As they stand there, without spaces. */
  readonly conditions: readonly string[];
}

/** Every selector of an expression, by Prometheus' own grammar. */
export function selectorsIn(text: string): Selector[] {
  const found: { metric?: string; conditions: string[] }[] = [];
  grammar.parse(text).iterate({
    enter: ({ name, from, to }) => {
      const part = text.slice(from, to);
      if (name === "VectorSelector") {
        const metric = /^[a-zA-Z_:][\w:]*/.exec(part)?.[0];
        found.push({ ...(metric !== undefined && { metric }), conditions: [] });
      }
      if (name === "UnquotedLabelMatcher") found.at(-1)?.conditions.push(part.replaceAll(" ", ""));
    },
  });
  return found;
}
