import { goDuration } from "../../../lib/schema/duration";
import type { WatchedCollector } from "../../collector/metrics";
import { QUEUE_FULL } from "../dashboards/collector";
import * as collectors from "../queries/collector";
import type { Own } from "../queries/own";
import type { AlertRule } from "../kit/alertRule";

/** Hours in which somebody should have looked at a queue that is filling. */
const A_DAY = 24;

/**
 * The rules about the collector. Where nobody tells of it one rule fires, and the others have no data, which is no news.
 * docs/decisions/alerts.md says why each waits as long as it does.
 */
export function collectorRules(collector: WatchedCollector, own: Own): AlertRule[] {
  const labels = { cluster: collector.clusterName };
  return [...ofPresence(collector), ...ofDelivery(collector), ...ofSources(collector, own)].map((rule) => ({
    ...rule,
    labels,
  }));
}

function ofPresence(collector: WatchedCollector): AlertRule[] {
  const { clusterName } = collector;
  return [
    {
      key: "collector-down",
      title: "The collector is down",
      severity: "critical",
      query: collectors.nodes(collector),
      below: 1,
      // Longer than a pod takes to be replaced, eBPF programs included. Prometheus remembers the last value for five minutes more.
      for: "10m",
      summary: `The collector on ${clusterName} is down, or its metrics do not reach Prometheus`,
      description:
        `Prometheus has had no metrics of the collector on ${clusterName} for a quarter of an hour. While it is down, no spans ` +
        "are made of its services; while only the way to it is interrupted, it keeps them.",
      runbook: "collector-down",
      panel: { dashboard: "collector", key: "nodes" },
    },
    {
      key: "collector-node-gone",
      title: "The collector is missing on a node",
      severity: "warning",
      query: collectors.nodeGone(collector),
      above: 0,
      // A node that restarts is back by then.
      for: "15m",
      summary: "No collector on the node {{ $labels.instance }}",
      description:
        `The collector had been on the node within the last day, and on other nodes of ${clusterName} it still is. A day after it ` +
        "went, this ends by itself.",
      runbook: "collector-down",
      panel: { dashboard: "collector", key: "nodes" },
    },
    {
      key: "collector-unhealthy",
      title: "A component of the collector failed",
      severity: "warning",
      query: collectors.unhealthy(collector),
      above: 0,
      // A part that is set up again is whole within seconds.
      for: "10m",
      summary: "{{ humanize $values.A.Value }} components of the collector on {{ $labels.instance }} have failed",
      description: "Alloy runs on without them, and says that it is ready. If it is Beyla, no spans are made.",
      runbook: "collector-unattached",
      panel: { dashboard: "collector", key: "unhealthy" },
    },
  ];
}

function ofDelivery(collector: WatchedCollector): AlertRule[] {
  const { outage, spansPerSecond } = collector.queue;
  const rest = goDuration(outage.ms * (1 - collectors.HALF));
  return [
    {
      key: "collector-spans-lost",
      title: "The collector loses spans",
      severity: "critical",
      query: collectors.lost(collector, "10m"),
      above: 0,
      // Each of them is lost already.
      for: "0s",
      summary: "The collector on {{ $labels.instance }} gives up spans: {{ $labels.reason }}",
      description:
        "{{ humanize $values.A.Value }} spans within 10 minutes, because of {{ $labels.reason }}. Refused for good: by Tempo, and " +
        "lost. Queue full or memory short: what eBPF made is lost, what an SDK sent is sent again by it.",
      runbook: "collector-spans-lost",
      panel: { dashboard: "collector", key: "lost" },
    },
    {
      key: "collector-undelivered",
      title: "The collector delivers no spans",
      severity: "warning",
      query: collectors.undelivered(collector),
      above: 0,
      // With the five minutes of the query a quarter of an hour: Tempo restarts in less.
      for: "10m",
      summary: "The collector on {{ $labels.instance }} does not get rid of its spans",
      description:
        `For a quarter of an hour its queue was never empty, and Tempo took nothing out of it. Nothing is lost for ${outage.text} ` +
        `at ${spansPerSecond} spans per second.`,
      runbook: "collector-undelivered",
      panel: { dashboard: "collector", key: "sent" },
    },
    {
      key: "collector-queue-filling",
      title: "The collector's queue is filling",
      severity: "warning",
      query: collectors.queueFullIn(collector),
      below: A_DAY,
      // Shorter than what is left of any queue worth having.
      for: "15m",
      summary: "The collector's queue on {{ $labels.instance }} is full in {{ humanize $values.A.Value }} hours",
      description:
        `It is more than half full and grows: full then, if as much comes in as in the last quarter of an hour. At the ${spansPerSecond} ` +
        `spans per second of the settings the rest lasts for ${rest}.`,
      runbook: "collector-undelivered",
      panel: { dashboard: "collector", key: "queue" },
    },
    {
      key: "collector-queue-full",
      title: "The collector's queue is nearly full",
      severity: "critical",
      query: collectors.queueShare(collector),
      above: QUEUE_FULL,
      for: "5m",
      summary: "{{ humanizePercentage $values.A.Value }} of the collector's queue on {{ $labels.instance }} is used",
      description: "When it is full, new spans are lost.",
      runbook: "collector-undelivered",
      panel: { dashboard: "collector", key: "queue" },
    },
  ];
}

function ofSources(collector: WatchedCollector, own: Own): AlertRule[] {
  return [
    {
      key: "collector-unattached",
      title: "eBPF is not attached to a service",
      severity: "warning",
      query: collectors.unattached(collector),
      above: 0,
      // Longer than Beyla needs to attach after a start, and than an image takes to be pulled.
      for: "15m",
      summary: "Beyla is not attached to {{ humanize $values.A.Value }} or more of: {{ $labels.services }}",
      description:
        "On all nodes together it is attached to fewer processes than there are services: no spans are made of the others. Either no " +
        "such pod runs, or the kernel does not let Beyla attach, of which Alloy says nothing but in its log.",
      runbook: "collector-unattached",
      panel: { dashboard: "collector", key: "instrumented" },
    },
    {
      key: "collector-unheard",
      title: "No spans from an instrumented service",
      severity: "warning",
      query: collectors.unheard(collector, own),
      above: 0,
      // What is looked at are days.
      for: "1h",
      summary: "No spans from {{ $labels.service }}",
      description:
        "{{ $labels.service }} is in collector.services, Beyla is attached, and for three days or ever since no span of it came.",
      runbook: "collector-unheard",
      panel: { dashboard: "collector", key: "instrumented" },
    },
  ];
}
