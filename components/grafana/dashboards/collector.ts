import { goDuration } from "../../../lib/schema/duration";
import { toBytes } from "../../../lib/schema/quantity";
import { memoryLimits } from "../../collector/budget";
import { SCRAPE_INTERVAL, SERVICES_LABEL, type WatchedCollector } from "../../collector/metrics";
import { MIB } from "../../../lib/schema/quantity";
import * as collectors from "../queries/collector";
import { RATE_INTERVAL } from "../queries/promql";
import { stat, timeSeries, type PanelArgs, type Row, type Threshold } from "../kit/panels";

/** What is written where Prometheus has nothing of the collector at all. */
const NOT_HEARD =
  "Prometheus has no metrics of the collector in this time range: does it run, and reach collector.remoteWriteUrl?";

/** For what should not happen at all. */
const ANY: readonly Threshold[] = [{ from: 1, color: "red" }];

/** Share of the queue from which on it counts as nearly full. */
export const QUEUE_FULL = 0.9;

const FULL: readonly Threshold[] = [
  { from: collectors.HALF, color: "orange" },
  { from: QUEUE_FULL, color: "red" },
];

const NODE = `{{${collectors.NODE}}}`;

/** The collector: what comes in and goes out, what waits, what Beyla is attached to; by node. */
export function collectorRows(collector: WatchedCollector): Row[] {
  const { clusterName, resources } = collector;
  const { outage, spansPerSecond } = collector.queue;
  const common = { empty: NOT_HEARD, interval: goDuration(SCRAPE_INTERVAL) };
  const range = RATE_INTERVAL;
  const third = { ...common, width: 8 } satisfies Partial<PanelArgs>;
  const half = { ...common, width: 12 } satisfies Partial<PanelArgs>;
  const tile = { ...common, width: 4, height: 4 } satisfies Partial<PanelArgs>;
  const most = { from: collectors.MOST_HOURS, text: "over 30 days", color: "green" } as const;
  return [
    {
      title: "At a glance",
      panels: [
        stat({
          ...tile,
          key: "nodes",
          title: "Collectors",
          description: `On how many nodes of ${clusterName} a collector tells of itself; 0 means that it is down, or its metrics do not arrive.`,
          unit: "short",
          base: "red",
          thresholds: [{ from: 1, color: "green" }],
          queries: [{ expr: collectors.nodes(collector), legend: "collectors" }],
        }),
        stat({
          ...tile,
          key: "spans",
          title: "Spans received",
          description: "Spans per second of all nodes, from eBPF and from services with an SDK.",
          unit: "cps",
          decimals: 1,
          queries: [{ expr: `sum(${collectors.received(collector, range)})`, legend: "spans/s" }],
        }),
        stat({
          ...tile,
          key: "lost-hour",
          title: "Spans lost, 1 h",
          description: "Given up by the collector. Why: the panel Spans lost.",
          unit: "short",
          decimals: 0,
          thresholds: ANY,
          queries: [{ expr: `sum(${collectors.lost(collector, "1h")})`, legend: "lost" }],
        }),
        stat({
          ...tile,
          key: "queue-share",
          title: "Queue used",
          description: "Share of the queue on disk, of the node where it is fullest.",
          unit: "percentunit",
          decimals: 1,
          thresholds: FULL,
          queries: [{ expr: `max(${collectors.queueShare(collector)})`, legend: "used" }],
        }),
        stat({
          ...tile,
          key: "queue-lasts",
          title: "Queue lasts for",
          description:
            "How long an outage what is free of the queue would bridge, at the rate of the last quarter of an hour, on the node " +
            `where that is shortest. The settings expect ${spansPerSecond} spans per second, and ${outage.text} of it.`,
          unit: "h",
          decimals: 1,
          thresholds: [
            { from: 0, color: "red" },
            { from: 1, color: "orange" },
            { from: 6, color: "green" },
          ],
          texts: [most],
          queries: [{ expr: `min(${collectors.queueLasts(collector)})`, legend: "hours" }],
        }),
        stat({
          ...tile,
          key: "processes",
          title: "Processes instrumented",
          description:
            "Processes that Beyla is attached to, on all nodes. 0: no span is made, and Alloy calls itself ready.",
          unit: "short",
          base: "red",
          thresholds: [{ from: 1, color: "green" }],
          queries: [{ expr: collectors.instrumentedInAll(collector), legend: "processes" }],
        }),
      ],
    },
    {
      title: "Spans",
      panels: [
        timeSeries({
          ...third,
          key: "received",
          title: "Spans received",
          description:
            "Spans per second that passed the memory limiter, and those of them that services with an SDK sent.",
          unit: "cps",
          min: 0,
          queries: [
            { expr: collectors.received(collector, range), legend: `${NODE}: all` },
            { expr: collectors.receivedFromSdks(collector, range), legend: `${NODE}: SDKs` },
          ],
        }),
        timeSeries({
          ...third,
          key: "sent",
          title: "Spans sent",
          description:
            "Spans per second that Tempo has taken. After an outage more is sent than received: such spans count in the span " +
            "metrics when they arrive, so rates of requests are higher then (Tempo operations, Late spans).",
          unit: "cps",
          min: 0,
          queries: [{ expr: collectors.sent(collector, range), legend: NODE }],
        }),
        timeSeries({
          ...third,
          key: "lost",
          title: "Spans lost",
          description:
            "Refused for good: by Tempo, and not sent again. Queue full, memory short: what eBPF made is lost, what an SDK sent is " +
            "sent again by it, and counts each time.",
          unit: "short",
          min: 0,
          thresholds: ANY,
          queries: [{ expr: collectors.lost(collector, range), legend: `${NODE}: {{reason}}` }],
        }),
        timeSeries({
          ...half,
          key: "refused",
          title: "Spans refused",
          description: "Spans that services with an SDK were told to send again: the queue was full, or memory short.",
          unit: "short",
          min: 0,
          thresholds: ANY,
          queries: [{ expr: collectors.refused(collector, range), legend: NODE }],
        }),
        timeSeries({
          ...half,
          key: "answers",
          title: "Answers of Tempo",
          description:
            "To requests of the collector, by status, or by error where there was no answer. Of HTTP's errors 429, 502, 503 and 504 " +
            "are sent again; after any other, such as 400, 401, 413 or 500, the spans are lost.",
          unit: "short",
          min: 0,
          queries: [{ expr: collectors.answers(collector, range), legend: `${NODE}: {{answer}}` }],
        }),
      ],
    },
    {
      title: "Queue",
      panels: [
        timeSeries({
          ...third,
          key: "queue",
          title: "Queue",
          description:
            "Bytes that wait on the node's disk for Tempo. Dashed: what it may hold. Some are always on their way.",
          unit: "bytes",
          min: 0,
          beside: ["capacity"],
          queries: [
            { expr: collectors.queueSize(collector), legend: NODE },
            { expr: collectors.queueCapacity(collector), legend: "capacity" },
          ],
        }),
        timeSeries({
          ...third,
          key: "queue-hours",
          title: "What the queue holds",
          description:
            "Hours of an outage, at the rate of the last quarter of an hour: of the whole queue, and of what is free. At most 30 days, " +
            "which is also what it says while nothing comes in.",
          unit: "h",
          min: 0,
          queries: [
            { expr: collectors.queueHolds(collector), legend: `${NODE}: whole` },
            { expr: collectors.queueLasts(collector), legend: `${NODE}: free` },
          ],
        }),
        timeSeries({
          ...third,
          key: "in-flight",
          title: "Requests under way",
          description:
            "Requests that wait for an answer, or to be sent again. Four at most: where they stay four, Tempo takes nothing.",
          unit: "short",
          min: 0,
          queries: [{ expr: collectors.inFlight(collector), legend: NODE }],
        }),
      ],
    },
    {
      title: "eBPF",
      panels: [
        timeSeries({
          ...third,
          key: "instrumented",
          title: "Processes instrumented",
          description:
            "Processes that Beyla is attached to, by the services that an instance of it is for, on all nodes together. An instance is " +
            "for all services that ignore the same routes.",
          unit: "short",
          min: 0,
          queries: [{ expr: collectors.instrumented(collector), legend: `{{${SERVICES_LABEL}}}` }],
        }),
        timeSeries({
          ...third,
          key: "attach-errors",
          title: "Errors of instrumentation",
          description:
            "What Beyla could not attach to, by kind, when a process came. attaching_uprobe is usual: some 40 for each Go program, which " +
            "lacks functions of libraries that it does not use. The kernel's reason is in the log.",
          unit: "short",
          min: 0,
          queries: [{ expr: collectors.instrumentationErrors(collector, range), legend: `${NODE}: {{error_type}}` }],
        }),
        timeSeries({
          ...third,
          key: "avoided",
          title: "Services with an SDK",
          description: "Services that Beyla leaves alone since they send spans themselves, as it has seen.",
          unit: "short",
          min: 0,
          queries: [{ expr: collectors.avoided(collector), legend: `${NODE}: {{service_name}}` }],
        }),
      ],
    },
    {
      title: "Process",
      panels: [
        timeSeries({
          ...third,
          key: "memory",
          title: "Memory",
          description:
            `Resident memory. The container may use ${resources.limits.memory.text}; spans are refused while the heap is above ` +
            `${memoryLimits(collector).refuse} MiB. eBPF's maps come on top.`,
          unit: "bytes",
          min: 0,
          thresholds: [
            { from: memoryLimits(collector).refuse * MIB, color: "orange" },
            { from: toBytes(resources.limits.memory), color: "red" },
          ],
          queries: [{ expr: collectors.residentMemory(collector), legend: NODE }],
        }),
        timeSeries({
          ...third,
          key: "cpu",
          title: "CPU",
          description:
            "Processor cores in use. Much of it for a minute after a start is the kernel's check of the eBPF programs.",
          unit: "short",
          min: 0,
          queries: [{ expr: collectors.cpu(collector, range), legend: NODE }],
        }),
        timeSeries({
          ...third,
          key: "unhealthy",
          title: "Restarts and failures",
          description:
            "Starts within the last hour, and components of Alloy that have failed while the rest of it runs.",
          unit: "short",
          min: 0,
          queries: [
            { expr: collectors.restarts(collector, "1h"), legend: `${NODE}: restarts` },
            { expr: collectors.unhealthy(collector), legend: `${NODE}: failed components` },
          ],
        }),
      ],
    },
  ];
}
