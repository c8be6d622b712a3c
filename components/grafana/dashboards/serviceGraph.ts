import type { Own } from "../queries/own";
import { RANGE, RATE_INTERVAL, select, whereAny } from "../queries/promql";
import { EDGE, edgeClientLatency, edgeErrorRatio, edgeRate, edgeServerLatency } from "../queries/serviceGraph";
import { tracesOfEdge } from "../queries/traces";
import { refId, serviceMap, table, timeSeries, type Row } from "../kit/panels";
import { exploreTraces } from "./links";

const EMPTY = "No request from one traced service to another in this time range";
const LEGEND = "{{client}} → {{server}}";

/** Who calls whom, how often, how fast, and with how many errors. */
export function serviceGraphRows(tempoUid: string, interval: string, own: Own): Row[] {
  const [client, server] = EDGE.map((label) => `\${__data.fields.${label}}`) as [string, string];
  const common = { empty: EMPTY, interval };
  return [
    {
      title: "Graph",
      panels: [
        serviceMap({
          key: "graph",
          title: "Service graph, last 7 days",
          description:
            "Each arrow is a request from one traced service to another. A week, so that it is there after a quiet night. " +
            "A click opens the rate, the latency and the traces.",
          unit: "none",
          empty: EMPTY,
          width: 24,
          height: 14,
          timeFrom: "7d",
          filter: select("", own.spans),
        }),
      ],
    },
    {
      title: "Edges",
      panels: [
        timeSeries({
          ...common,
          key: "edge-rate",
          title: "Request rate",
          description:
            "Requests per second from service to service. Spans that a collector kept through an outage count when they arrive.",
          unit: "reqps",
          width: 8,
          min: 0,
          queries: [{ expr: edgeRate(own, RATE_INTERVAL), legend: LEGEND }],
        }),
        timeSeries({
          ...common,
          key: "edge-errors",
          title: "Errors",
          description: "Share of failed requests from service to service; 0 where there was no request.",
          unit: "percentunit",
          width: 8,
          min: 0,
          thresholds: [
            { from: 0.01, color: "yellow" },
            { from: 0.05, color: "red" },
          ],
          queries: [{ expr: edgeErrorRatio(own, RATE_INTERVAL), legend: LEGEND }],
        }),
        timeSeries({
          ...common,
          key: "edge-latency",
          title: "Latency, 95th percentile",
          description: "As the server measured it.",
          unit: "s",
          width: 8,
          min: 0,
          queries: [{ expr: whereAny(edgeServerLatency(own, 0.95, RATE_INTERVAL)), legend: LEGEND, exemplar: true }],
        }),
        table({
          ...common,
          key: "edges",
          title: "Edges",
          description:
            "Each pair over the whole time range. Where the client's latency is far above the server's, the time is " +
            "spent between them: in the network or in a queue. The server's name links to the traces.",
          unit: "short",
          width: 24,
          height: 10,
          queries: [
            edgeRate(own, RANGE),
            edgeErrorRatio(own, RANGE),
            edgeServerLatency(own, 0.95, RANGE),
            edgeClientLatency(own, 0.95, RANGE),
          ].map((expr) => ({ expr, legend: LEGEND })),
          sortBy: "Request rate",
          columns: [
            { field: "client", title: "Client" },
            {
              field: "server",
              title: "Server",
              links: [exploreTraces("Traces", tempoUid, tracesOfEdge(client, server))],
            },
            { field: `Value #${refId(0)}`, title: "Request rate", unit: "reqps", width: 130 },
            { field: `Value #${refId(1)}`, title: "Errors", unit: "percentunit", decimals: 2, width: 130 },
            { field: `Value #${refId(2)}`, title: "p95, server", unit: "s", width: 130 },
            { field: `Value #${refId(3)}`, title: "p95, client", unit: "s", width: 130 },
          ],
        }),
      ],
    },
  ];
}
