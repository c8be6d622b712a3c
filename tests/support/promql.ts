import { assertSyntax, grammarOf } from "./grammar";

const grammar = grammarOf("@prometheus-io/lezer-promql");

/**
 * Parses a PromQL text by the grammar of Prometheus' own editor; Grafana's variables must have been replaced.
 * @throws AssertionError that marks the place of the error
 */
export function assertPromQL(text: string): void {
  assertSyntax("PromQL", grammar, text);
}
