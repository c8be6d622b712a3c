import type { GrafanaSettings } from "../../contracts/settings";
import { traceLink } from "./loki";

/** A link from an exemplar to its trace, as Grafana's Prometheus plugin reads it. */
interface ExemplarDestination {
  /** The exemplar's label that holds the trace's ID. */
  readonly name: string;
  readonly datasourceUid: string;
  readonly urlDisplayLabel: string;
}

/** As Tempo's metrics generator writes it, and as OpenTelemetry's SDKs do. */
const EXEMPLAR_LABELS = ["traceID", "trace_id"] as const;

/** From an exemplar on a latency panel to its trace. */
export function prometheusJsonData(grafana: GrafanaSettings): { exemplarTraceIdDestinations: ExemplarDestination[] } {
  return {
    exemplarTraceIdDestinations: EXEMPLAR_LABELS.map((name) => ({
      name,
      datasourceUid: grafana.tempo.uid,
      urlDisplayLabel: traceLink(grafana),
    })),
  };
}
