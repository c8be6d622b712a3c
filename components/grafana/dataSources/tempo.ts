import { SERVICE } from "../../contracts/attributes";
import type { GrafanaSettings, Settings } from "../../contracts/settings";
import { ports } from "../../contracts/ports";
import { spanLogs } from "../queries/logs";
import type { Own } from "../queries/own";
import { spanLinks } from "../queries/spanLinks";

/** Where Grafana reaches Tempo: the setting, or the Service in the cluster. */
export function tempoUrl({ name, namespace }: Settings, { tempo }: GrafanaSettings): string | undefined {
  if (tempo.ownership === "settings-only") return undefined;
  return tempo.url ?? `http://${name}.${namespace}.svc.cluster.local:${ports.http}`;
}

/**
 * How far a trace may lie from the time range in which its ID was found. A trace by its ID is looked for in blocks of
 * this time only; days are cheap on one node, and an ID from yesterday's chat is found while Explore shows an hour.
 */
const TRACE_TIME_SHIFT = "24h";

/** Logs may be written a little before a span starts and after it ends. */
const LOGS_TIME_SHIFT = "1m";

/** A span is a moment; a rate needs its surroundings. */
const METRICS_TIME_SHIFT = "30m";

/**
 * What the Tempo plugin of Grafana 11 to 13 reads. Its links are built in Grafana's createSpanLink.tsx, which replaces
 * variables without escaping them and hides a link to logs whose variables are not all known.
 */
/** @param own how this stack's series are told from others'. */
export function tempoJsonData({ loki, prometheus }: GrafanaSettings, own: Own): Record<string, unknown> {
  return {
    ...(loki && {
      tracesToLogsV2: {
        datasourceUid: loki.uid,
        spanStartTimeShift: `-${LOGS_TIME_SHIFT}`,
        spanEndTimeShift: LOGS_TIME_SHIFT,
        tags: Object.entries(loki.labels).map(([key, value]) => ({ key, value })),
        // The query does what these would do, in words that every Loki understands; beside it they have no effect.
        filterByTraceID: false,
        filterBySpanID: false,
        customQuery: true,
        query: spanLogs(loki.labels),
      },
    }),
    ...(prometheus && {
      tracesToMetrics: {
        datasourceUid: prometheus.uid,
        spanStartTimeShift: `-${METRICS_TIME_SHIFT}`,
        spanEndTimeShift: METRICS_TIME_SHIFT,
        tags: [{ key: SERVICE.attribute, value: SERVICE.label }],
        queries: spanLinks(own),
      },
      serviceMap: { datasourceUid: prometheus.uid },
    }),
    nodeGraph: { enabled: true },
    search: {
      hide: false,
      filters: [
        { id: "service-name", tag: SERVICE.attribute, operator: "=", scope: "resource" },
        { id: "span-name", tag: "name", operator: "=", scope: "span" },
      ],
    },
    // Beside the operation's name, in the line of each span.
    spanBar: { type: "Tag", tag: "http.response.status_code" },
    // Results appear while Tempo is still searching (stream_over_http_enabled in its configuration).
    streamingEnabled: { search: true, metrics: true },
    traceQuery: { timeShiftEnabled: true, spanStartTimeShift: TRACE_TIME_SHIFT, spanEndTimeShift: TRACE_TIME_SHIFT },
  };
}
