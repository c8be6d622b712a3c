import type { GrafanaSettings } from "../../contracts/settings";
import { traceIdInLine, traceIdLabelName } from "../queries/traceId";

/** A link from a part of a log line to another data source, as Grafana's Loki plugin reads it. */
interface DerivedField {
  readonly name: string;
  readonly matcherType: "regex" | "label";
  /** A regular expression over the line, whose first group is the value; or over the names of labels. */
  readonly matcherRegex: string;
  readonly url: string;
  readonly urlDisplayLabel: string;
  readonly datasourceUid: string;
}

/** What a link to a trace is called wherever Grafana shows one: two stacks may share a Loki or a Prometheus. */
export function traceLink({ tempo }: Pick<GrafanaSettings, "tempo">): string {
  return `Trace in ${tempo.name}`;
}

/** From a log line to its trace: by the ID in the line, and by the ID as a label or structured metadata. */
export function lokiJsonData(grafana: GrafanaSettings): { derivedFields: DerivedField[] } {
  const link = {
    // The whole query is the ID: Grafana looks the trace up by it.
    url: "${__value.raw}",
    urlDisplayLabel: traceLink(grafana),
    datasourceUid: grafana.tempo.uid,
  };
  return {
    derivedFields: [
      { name: "Trace ID in the line", matcherType: "regex", matcherRegex: traceIdInLine, ...link },
      { name: "Trace ID", matcherType: "label", matcherRegex: traceIdLabelName, ...link },
    ],
  };
}
