import { assertSyntax, grammarOf } from "./grammar";
import { substituteVariables } from "./grafanaVariables";

const grammar = grammarOf("@grafana/lezer-logql");

/**
 * Parses a LogQL text by Grafana's grammar, after Grafana's variables were replaced.
 * @param variables those of the dashboard
 * @throws AssertionError that marks the place of the error
 */
export function assertLogQL(text: string, variables: Readonly<Record<string, string>> = {}): void {
  assertSyntax("LogQL", grammar, substituteVariables(text, variables));
}
