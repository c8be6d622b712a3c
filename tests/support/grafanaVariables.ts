/** Grafana's variables in a query, replaced as Grafana does before it sends the query. */

/** What Grafana itself provides, with values as one finds them in a trace view or a dashboard. */
export const grafanaVariables: Readonly<Record<string, string>> = {
  __tags: 'cluster="ringtail", namespace="ollama", pod="ollama-0", container="ollama"',
  '__span.tags["k8s.namespace.name"]': "ollama",
  '__span.tags["service.name"]': "ollama",
  "__span.traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
  "__span.spanId": "00f067aa0ba902b7",
  "__span.name": "GET /api/tags",
  "__span.duration": "1500",
  "__trace.traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
  "__value.raw": "4bf92f3577b34da6a3ce929d0e0e4736",
  __auto: "15s",
  __interval: "15s",
  __interval_ms: "15000",
  __rate_interval: "1m",
  __range: "1h",
  __range_s: "3600",
  __range_ms: "3600000",
  __from: "1774000000000",
  __to: "1774003600000",
};

/**
 * Replaces `$name`, `${name}`, `${name.path}`, each with a `:format` or without, and the old `[[name]]`.
 * @param variables those of the dashboard, with the text that Grafana would put in; they win over Grafana's own
 * @throws for a variable that nobody defines: Grafana would show no link at all, or send the text as it stands
 */
export function substituteVariables(query: string, variables: Readonly<Record<string, string>> = {}): string {
  const known: Readonly<Record<string, string>> = { ...grafanaVariables, ...variables };
  return query.replace(
    /\$\{([^:}]+)(?::([^}]*))?\}|\$(\w+)|\[\[(\w+)(?::\w+)?\]\]/g,
    (text: string, braced?: string, format?: string, plain?: string, square?: string) => {
      const value = known[braced ?? plain ?? square ?? ""];
      if (value === undefined) throw new Error(`nobody defines the variable ${text} in: ${query}`);
      return format === "doublequote" ? `"${value.replaceAll('"', '\\"')}"` : value;
    },
  );
}
