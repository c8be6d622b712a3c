import type { Link } from "../kit/panels";

/** Links from dashboards into Explore. */

/** A part of a link that Grafana fills in: a field of the row, or a variable of the dashboard. */
const VARIABLE = /\$\{[^}]+\}/g;

/**
 * Explore with a TraceQL query, over the dashboard's time.
 * @param query may hold Grafana's variables, such as `${__data.fields.service}`; what they stand for must have no quotes.
 */
export function exploreTraces(title: string, tempoUid: string, query: string): Link {
  const panes = {
    traces: {
      datasource: tempoUid,
      queries: [
        {
          refId: "A",
          datasource: { type: "tempo", uid: tempoUid },
          queryType: "traceql",
          query,
          limit: 20,
          tableType: "traces",
        },
      ],
      range: { from: "${__from}", to: "${__to}" },
    },
  };
  // No orgId: the organisation that the reader is in is the one that the token belongs to.
  return { title, url: `/explore?schemaVersion=1&panes=${encodeAround(JSON.stringify(panes))}` };
}

/** Percent-encodes a text, and asks Grafana to do the same with what it puts in place of its variables. */
function encodeAround(text: string): string {
  const variables = text.match(VARIABLE) ?? [];
  return text
    .split(VARIABLE)
    .map((part, index) => encodeURIComponent(part) + (variables[index] ?? "").replace(/\}$/, ":percentencode}"))
    .join("");
}
