import { createRequire } from "node:module";

/** What is used of a node of the syntax tree. */
interface Node {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

interface Grammar {
  parse(text: string): { iterate(visitor: { enter: (node: Node) => void }): void };
}

let grammar: Grammar | undefined;

/** Prometheus' own grammar. By name, because its package declares types of its ES module alone. */
function promql(): Grammar {
  grammar ??= (createRequire(__filename)("@prometheus-io/lezer-promql") as { parser: Grammar }).parser;
  return grammar;
}

/**
 * The names of the metrics that a query asks for, also those in a matcher of `__name__`: of a pattern, each alternative
 * that is a plain name.
 */
export function metricsIn(query: string): string[] {
  const text = withoutVariables(query);
  const found = new Set<string>();
  let isName = false;
  promql()
    .parse(text)
    .iterate({
      enter: ({ name, from, to }) => {
        const part = text.slice(from, to);
        if (name === "VectorSelector") {
          const [metric] = /^[a-zA-Z_:][\w:]*/.exec(part) ?? [];
          if (metric !== undefined) found.add(metric);
        }
        if (name === "LabelName") isName = part === "__name__";
        if (name === "StringLiteral" && isName) {
          for (const alternative of part.slice(1, -1).split("|")) {
            if (/^[a-zA-Z_:][\w:]*$/.test(alternative)) found.add(alternative);
          }
          isName = false;
        }
      },
    });
  return [...found];
}

/** Grafana's variables as something that the grammar knows: a duration, a matcher, or a plain word. */
function withoutVariables(query: string): string {
  return query
    .replaceAll(/\$\{?__tags\}?/g, 'a="b"')
    .replaceAll(/\$\{?__(?:rate_interval|interval|range|auto)\}?/g, "1m")
    .replaceAll(/\$\{[^}]*\}|\$\w+/g, "a");
}
