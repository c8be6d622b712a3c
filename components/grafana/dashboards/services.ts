import { SERVICE } from "../../contracts/attributes";
import type { Own } from "../queries/own";
import { matches, RANGE, RATE_INTERVAL, whereAny } from "../queries/promql";
import {
  errorRatio,
  latency,
  requestRate,
  requests,
  SPAN_KIND,
  SPAN_NAME,
  type Selection,
} from "../queries/spanMetrics";
import { tempoQueries } from "../queries/tempo";
import { failedTracesOfService, tracesOfOperation, tracesOfService, tracesOfServices } from "../queries/traces";
import {
  NOT_SCRAPED,
  refId,
  stat,
  table,
  timeSeries,
  traceTable,
  type Column,
  type PanelArgs,
  type Row,
} from "../kit/panels";
import { exploreTraces } from "./links";

/** Variables of the dashboard; both may stand for several values. */
export const SERVICE_VARIABLE = "service";
export const KIND_VARIABLE = "span_kind";

const CHOSEN = [matches(SERVICE.label, `$${SERVICE_VARIABLE}`), matches(SPAN_KIND, `$${KIND_VARIABLE}`)] as const;

const EMPTY = "No spans of this selection in this time range";

/** A colour for a share of failed requests. */
const ERROR_THRESHOLDS = [
  { from: 0.01, color: "yellow" },
  { from: 0.05, color: "red" },
] as const;

/** Rate, errors and duration of requests, by service and by operation; and the traces behind them. */
export function servicesRows(tempoUid: string, interval: string, own: Own): Row[] {
  const { orZero } = tempoQueries(own);
  const over = (range: string, by: readonly string[]): Selection => ({
    own,
    matchers: CHOSEN,
    by,
    range,
  });
  const now = (by: readonly string[]): Selection => over(RATE_INTERVAL, by);
  const all = (by: readonly string[]): Selection => over(RANGE, by);
  const common = { empty: EMPTY, interval } satisfies Partial<PanelArgs>;
  const byService = [SERVICE.label];
  const byOperation = [SERVICE.label, SPAN_NAME];
  const ofService = `{{${SERVICE.label}}}`;
  const ofOperation = `{{${SERVICE.label}}} {{${SPAN_NAME}}}`;
  const service = `\${__data.fields.${SERVICE.label}}`;
  const operation = `\${__data.fields.${SPAN_NAME}}`;

  const red: Column[] = [
    { field: `Value #${refId(0)}`, title: "Requests", unit: "locale", decimals: 0, width: 110 },
    {
      field: `Value #${refId(1)}`,
      title: "Errors",
      unit: "percentunit",
      decimals: 2,
      width: 110,
      thresholds: ERROR_THRESHOLDS,
    },
    { field: `Value #${refId(2)}`, title: "p50", unit: "s", width: 110 },
    { field: `Value #${refId(3)}`, title: "p95", unit: "s", width: 110 },
    { field: `Value #${refId(4)}`, title: "p99", unit: "s", width: 110 },
  ];
  const redQueries = (by: readonly string[], legend: string): PanelArgs["queries"] =>
    [requests(all(by)), errorRatio(all(by)), latency(0.5, all(by)), latency(0.95, all(by)), latency(0.99, all(by))].map(
      (expr) => ({ expr, legend }),
    );

  return [
    {
      title: "All chosen services",
      panels: [
        stat({
          ...common,
          key: "requests",
          title: "Requests",
          description:
            "Spans of the chosen kinds in the time range; with the kind SERVER, the requests that were answered. 0 while there are none and Tempo is scraped.",
          unit: "locale",
          width: 6,
          height: 4,
          decimals: 0,
          empty: NOT_SCRAPED,
          queries: [{ expr: orZero(requests(all([]))), legend: "requests" }],
        }),
        stat({
          ...common,
          key: "errors",
          title: "Errors",
          description:
            "Share of them that failed (status ERROR; of HTTP servers that is 5xx); 0 also where there was none.",
          unit: "percentunit",
          width: 6,
          height: 4,
          decimals: 2,
          thresholds: ERROR_THRESHOLDS,
          empty: NOT_SCRAPED,
          queries: [{ expr: orZero(errorRatio(all([]))), legend: "errors" }],
        }),
        stat({
          ...common,
          key: "latency-p50",
          title: "Latency, median",
          description: "Half of them were faster.",
          unit: "s",
          width: 6,
          height: 4,
          queries: [{ expr: latency(0.5, all([])), legend: "p50" }],
        }),
        stat({
          ...common,
          key: "latency-p95",
          title: "Latency, 95th percentile",
          description: "Of 20 of them 19 were faster. Estimated from histogram buckets that double in width.",
          unit: "s",
          width: 6,
          height: 4,
          queries: [{ expr: latency(0.95, all([])), legend: "p95" }],
        }),
      ],
    },
    {
      title: "By service",
      panels: [
        timeSeries({
          ...common,
          key: "service-rate",
          title: "Request rate",
          description:
            "Requests per second by service. Spans that a collector kept through an outage count when they arrive.",
          unit: "reqps",
          width: 8,
          min: 0,
          queries: [{ expr: requestRate(now(byService)), legend: ofService }],
        }),
        timeSeries({
          ...common,
          key: "service-errors",
          title: "Errors",
          description: "Share of failed requests by service; 0 where there was no request.",
          unit: "percentunit",
          width: 8,
          min: 0,
          thresholds: ERROR_THRESHOLDS,
          queries: [{ expr: errorRatio(now(byService)), legend: ofService }],
        }),
        timeSeries({
          ...common,
          key: "service-latency",
          title: "Latency, 95th percentile",
          description: "By service. A dot is an exemplar: one request, with a link to its trace.",
          unit: "s",
          width: 8,
          min: 0,
          queries: [{ expr: whereAny(latency(0.95, now(byService))), legend: ofService, exemplar: true }],
        }),
        table({
          ...common,
          key: "services",
          title: "Services",
          description: "Each service over the whole time range. Its name links to its traces.",
          unit: "short",
          width: 24,
          height: 7,
          queries: redQueries(byService, ofService),
          sortBy: "Requests",
          columns: [
            {
              field: SERVICE.label,
              title: "Service",
              links: [
                exploreTraces("Traces", tempoUid, tracesOfService(service)),
                exploreTraces("Traces with errors", tempoUid, failedTracesOfService(service)),
              ],
            },
            ...red,
          ],
        }),
      ],
    },
    {
      title: "By operation",
      panels: [
        timeSeries({
          ...common,
          key: "operation-rate",
          title: "Request rate",
          description: "The ten busiest operations (span names).",
          unit: "reqps",
          width: 12,
          min: 0,
          queries: [{ expr: `topk(10, ${requestRate(now(byOperation))})`, legend: ofOperation }],
        }),
        timeSeries({
          ...common,
          key: "operation-latency",
          title: "Latency, 95th percentile",
          description: "The ten slowest operations. A dot is an exemplar: one request, with a link to its trace.",
          unit: "s",
          width: 12,
          min: 0,
          queries: [
            { expr: `topk(10, ${whereAny(latency(0.95, now(byOperation)))})`, legend: ofOperation, exemplar: true },
          ],
        }),
        table({
          ...common,
          key: "operations",
          title: "Operations",
          description: "Each operation over the whole time range. Its name links to its traces.",
          unit: "short",
          width: 24,
          height: 10,
          queries: redQueries(byOperation, ofOperation),
          sortBy: "Requests",
          columns: [
            { field: SERVICE.label, title: "Service", width: 220 },
            {
              field: SPAN_NAME,
              title: "Operation",
              links: [exploreTraces("Traces", tempoUid, tracesOfOperation(service, operation))],
            },
            ...red,
          ],
        }),
      ],
    },
    {
      title: "Traces",
      panels: [
        traceTable({
          key: "traces",
          title: "Latest traces",
          description: "Traces in which one of the chosen services takes part. The ID opens the trace.",
          unit: "none",
          empty: EMPTY,
          width: 24,
          height: 10,
          query: tracesOfServices(`\${${SERVICE_VARIABLE}:regex}`),
          limit: 20,
        }),
      ],
    },
  ];
}
