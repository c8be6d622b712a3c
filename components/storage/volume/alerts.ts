import type { Settings } from "../../contracts/settings";
import { toBytes } from "../../../lib/schema/quantity";
import { GUARD_SILENT, INODES_FEW, volumeMarks } from "./dashboard";
import type { Own } from "../../grafana/queries/own";
import { storageQueries, type StorageQueries } from "./queries";
import { tempoQueries } from "../../grafana/queries/tempo";
import type { AlertRule } from "../../grafana/kit/alertRule";

/** Seconds by which a block may outlive its retention: cycles of compaction, polls and measurements are minutes. */
const OVERDUE = 3600;

/**
 * The rules about Tempo's volume. Which there are depends on the settings: what only the guard tells is asked for only
 * where there is one, and what only size-aware retention does, only where that is on.
 */
export function storageRules(settings: Settings, own: Own): AlertRule[] {
  const { guard, adaptiveRetention } = settings.storage;
  const storage = storageQueries(own, toBytes(settings.volume.size));
  return [
    ...ofVolume(settings, storage, tempoQueries(own).orZero(storage.usedShare)),
    ...(guard ? ofGuard(settings, storage) : []),
    ...(guard && adaptiveRetention ? ofAdaptiveRetention(settings, storage) : []),
  ];
}

/** @param used how full it is; 0 where nobody tells, of which one rule tells. */
function ofVolume(settings: Settings, storage: StorageQueries, used: string): AlertRule[] {
  const { adaptiveRetention } = settings.storage;
  const { warning, critical } = volumeMarks(settings);
  return [
    {
      key: "volume-filling",
      title: "Tempo's volume is filling",
      severity: "warning",
      query: used,
      above: warning,
      // Longer than compaction holds its inputs, and than what the guard deletes takes.
      for: "30m",
      summary: "{{ humanizePercentage $values.A.Value }} of Tempo's volume is used",
      description: adaptiveRetention
        ? `Above ${percent(warning)} for half an hour: retention was shortened from 85 %, and that was not enough.`
        : `Above ${percent(warning)} for half an hour. When it is full, Tempo loses every new trace without a word.`,
      runbook: "volume-filling",
      panel: { dashboard: "storage", key: "used" },
    },
    {
      key: "volume-full",
      title: "Tempo's volume is nearly full",
      severity: "critical",
      query: used,
      above: critical,
      for: "5m",
      summary: "{{ humanizePercentage $values.A.Value }} of Tempo's volume is used",
      description: adaptiveRetention
        ? `Above ${percent(critical)} for five minutes, although senders are refused before.`
        : `Above ${percent(critical)} for five minutes. When it is full, Tempo loses every new trace without a word.`,
      runbook: "volume-full",
      panel: { dashboard: "storage", key: "used" },
    },
    {
      key: "volume-full-soon",
      title: "Tempo's volume will be full within a day",
      severity: "warning",
      query: storage.hoursLeft(adaptiveRetention),
      below: 24,
      for: "30m",
      summary: "Tempo's volume is full in {{ humanize $values.A.Value }} hours",
      description: adaptiveRetention
        ? "If it goes on as in the last six hours, and retention is as short as it may be."
        : "If it goes on as in the last six hours.",
      runbook: "volume-filling",
      panel: { dashboard: "storage", key: "days-left" },
    },
    {
      key: "inodes",
      title: "Tempo's volume runs out of inodes",
      severity: "warning",
      query: storage.inodesShare,
      above: INODES_FEW,
      for: "15m",
      summary: "{{ humanizePercentage $values.A.Value }} of the inodes are used",
      description:
        "No file can be made without one, whatever room there is. Others on the same file system use them, too.",
      runbook: "volume-filling",
      panel: { dashboard: "storage", key: "inodes" },
    },
  ];
}

function ofGuard({ retention }: Settings, storage: StorageQueries): AlertRule[] {
  return [
    {
      key: "retention-stuck",
      title: "Tempo keeps blocks for too long",
      severity: "warning",
      query: storage.overdue,
      above: OVERDUE,
      for: "30m",
      summary: "The oldest block should be gone for {{ humanizeDuration $values.A.Value }}",
      description: `It is older than the retention in force (${retention.text} by the settings) by more than an hour. The volume fills up.`,
      runbook: "retention-stuck",
      panel: { dashboard: "storage", key: "retention" },
    },
    {
      key: "guard-silent",
      title: "Tempo's volume is not measured",
      severity: "warning",
      query: storage.guardSilence,
      above: GUARD_SILENT,
      for: "10m",
      summary: "No measurement of Tempo's volume for {{ humanizeDuration $values.A.Value }}",
      description:
        "The guard is not scraped, or it does not run. Nobody tells when the volume fills up, and nothing keeps it from that.",
      runbook: "guard-silent",
      panel: { dashboard: "storage", key: "guard" },
    },
  ];
}

function ofAdaptiveRetention({ retention, storage: { minRetention } }: Settings, storage: StorageQueries): AlertRule[] {
  return [
    {
      key: "retention-shortened",
      title: "Tempo's retention is shortened",
      severity: "warning",
      query: storage.retentionLost,
      above: 0,
      for: "15m",
      summary: "Retention is {{ humanizePercentage $values.A.Value }} shorter than configured",
      description: `The volume is too small for ${retention.text} of what comes in. Traces are deleted earlier.`,
      runbook: "retention-shortened",
      panel: { dashboard: "storage", key: "retention" },
    },
    {
      key: "retention-floor",
      title: "Tempo's retention reached its minimum",
      severity: "critical",
      query: storage.retentionAtFloor,
      above: 0,
      for: "15m",
      summary: `Retention is down to ${minRetention.text} and goes no lower`,
      description: "Nothing more may be deleted. If the volume fills further, senders are refused.",
      runbook: "retention-shortened",
      panel: { dashboard: "storage", key: "retention" },
    },
    {
      key: "ingestion-limited",
      title: "Ingestion throttled: volume nearly full",
      severity: "critical",
      query: storage.worstIngestionLevel("5m"),
      above: 0,
      // What is over within minutes stays in the senders' queues; what comes back every minute is not over.
      for: "10m",
      summary: "Senders are {{ if gt $values.A.Value 1.0 }}refused{{ else }}limited{{ end }}: the volume has no room",
      description: "They send again as long as their queues have room; then spans are lost.",
      runbook: "volume-full",
      panel: { dashboard: "storage", key: "ingestion-level" },
    },
    {
      key: "wal-broken",
      title: "Tempo's WAL is broken",
      severity: "critical",
      query: storage.walBroken,
      above: 0,
      for: "0s",
      summary: "Tempo loses what it takes until it is restarted",
      description:
        "A write failed, most often because the volume was full. The guard restarts Tempo when there is room.",
      runbook: "volume-full",
      panel: { dashboard: "storage", key: "wal" },
    },
    {
      key: "guard-restarts",
      title: "The guard restarted Tempo: WAL broken",
      severity: "warning",
      query: storage.guardRestarts("1h"),
      above: 0,
      for: "0s",
      summary: "The guard has restarted Tempo",
      description:
        "{{ humanize $values.A.Value }} times within an hour, since its WAL was broken. What came before is lost.",
      runbook: "volume-full",
      panel: { dashboard: "storage", key: "ingestion-level" },
    },
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
