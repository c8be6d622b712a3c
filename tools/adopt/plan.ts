import type { LiveCluster, LiveObject } from "../../lib/kubernetes/live";
import { OWNER_LABEL } from "../../lib/kubernetes/owner";
import { claimName } from "../../components/storage/claim/claim";
import type { GrafanaFindings } from "../../components/grafana/api/findings";
import { goDuration } from "../../lib/schema/duration";
import type { Settings } from "../../components/contracts/settings";
import { judge, type Case } from "./checks";
import { claimsOf, readOldTempo, versionOf, type OldTempo } from "./oldTempo";
import { ownersOf, type Owners } from "./owners";
import type { Reading } from "./reading";
import type { Report } from "./report";
import { describe, nameOf, specOf, type WorkloadSpec } from "./shapes";
import { stepsOf } from "./steps";

export interface Question {
  readonly settings: Settings;
  readonly project: string;
  readonly stack: string;
  readonly owner: string;
  readonly reading: Reading;
  readonly grafana: GrafanaFindings;
  /** What a person has said of the old Tempo. */
  readonly version: string | undefined;
  readonly shortenRetention: boolean;
  readonly live: Pick<LiveCluster, "context" | "server">;
}

export interface Adoption {
  readonly report: Report;
  /** The old Tempo's objects, to be kept as manifests. */
  readonly before: readonly LiveObject[];
  /** The claim, its volume, Argo CD's Applications: how they were, for information. */
  readonly kept: readonly LiveObject[];
}

/** From what stands to what is to be done. */
export function makePlan(question: Question): Adoption {
  const { settings, project, stack, owner, reading, grafana, live } = question;
  const claim = claimName(settings);
  const workload = reading.workloads.find((each) => claimsOf(each).includes(claim)) ?? reading.workloads[0];
  const old =
    workload &&
    readOldTempo({
      workload,
      config: reading.config,
      version: question.version,
      claim,
      ours: settings.image.tag === undefined ? undefined : versionOf(settings.image.text),
    });
  const before = beforeOf(reading);
  const owners = ownersOf(
    [...before, ...(reading.preflight.claim ? [reading.preflight.claim] : [])],
    reading.applications,
  );
  const answer = (report: Pick<Report, "outcome" | "blocks" | "steps" | "notes">): Adoption => ({
    report: { stack, context: live.context, server: live.server, found: foundOf(question, old, owners), ...report },
    before,
    kept: [reading.preflight.claim, reading.volume, ...(reading.applications ?? [])].filter(
      (each) => each !== undefined,
    ),
  });

  if (reading.workloads.some((each) => isOurs(each, owner))) {
    return answer({ outcome: "nothing", blocks: [], steps: [], notes: ["this stack's Tempo stands here already"] });
  }
  const which: Case = { settings, project, owner, reading, old, owners, shortenRetention: question.shortenRetention };
  const { blocks, notes } = judge(which);
  const all = [...blocks, ...(old ? [] : noTempo(question)), ...grafana.problems];
  const told = [...notes, ...grafana.notes];
  if (all.length > 0 || !old) return answer({ outcome: "blocked", blocks: all, steps: [], notes: told });
  const target = {
    context: live.context,
    namespace: settings.namespace,
    ...(settings.kubeconfig !== undefined && { kubeconfig: settings.kubeconfig }),
  };
  return answer({ outcome: "adopt", blocks: [], notes: told, steps: stepsOf({ ...which, old, stack, target }) });
}

/** By the label of its pods, which nobody but the stack's own release writes; that of the object is handed over. */
function isOurs(workload: LiveObject, owner: string): boolean {
  return specOf<WorkloadSpec>(workload).template?.metadata?.labels?.[OWNER_LABEL] === owner;
}

function noTempo({ settings, reading }: Question) {
  if (!reading.preflight.claim) return [];
  const message =
    reading.workloads.length > 0
      ? "no container in it is a Tempo"
      : "no StatefulSet and no Deployment of the namespace mounts it, so nobody knows what is on it. If it is a Tempo's, " +
        "and stopped: docs/guides/adopting.md, by hand";
  return [{ key: `PersistentVolumeClaim ${settings.namespace}/${claimName(settings)}`, message }];
}

/** Everything of the old Tempo that has a manifest of its own. */
function beforeOf({ preflight, workloads, configMap }: Reading): LiveObject[] {
  const others = preflight.others.map(({ ref, object }) => ({
    ...object,
    apiVersion: ref.apiVersion,
    kind: ref.kind,
  }));
  const all = [...workloads, ...others, ...(configMap ? [{ ...configMap, apiVersion: "v1", kind: "ConfigMap" }] : [])];
  return [...new Map(all.map((object) => [`${object.kind ?? ""}/${nameOf(object)}`, object])).values()];
}

function foundOf({ settings, reading }: Question, old: OldTempo | undefined, owners: Owners): Record<string, string> {
  const { claim } = reading.preflight;
  const spec = specOf<{
    storageClassName: string;
    volumeName: string;
    resources: { requests?: Record<string, string> };
  }>(claim);
  const policy = specOf<{ persistentVolumeReclaimPolicy: string }>(reading.volume).persistentVolumeReclaimPolicy;
  const managed = [
    ...owners.applications.map(({ namespace, name }) => `Application ${namespace}/${name} (Argo CD)`),
    ...owners.flux.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name} (Flux)`),
    ...owners.releases.map(({ namespace, name }) => `release ${namespace}/${name} (Helm)`),
  ];
  return {
    ...(old && {
      Tempo: `${describe(old.workload)}, ${old.container.image ?? "?"}, uid ${old.uid ?? "unknown"}`,
      Traces: `kept ${goDuration(old.retention)}, in ${folder(old.blocks)} and ${folder(old.wal)} of the volume`,
    }),
    Claim: claim
      ? `${claimName(settings)}, ${spec.resources?.requests?.["storage"] ?? "?"}, class ${spec.storageClassName ?? "none"}, volume ${spec.volumeName ?? "none"} (${policy ?? "unknown"})`
      : `no ${claimName(settings)}`,
    "Managed by": managed.length > 0 ? managed.join(", ") : "nobody: plain manifests",
    ...(reading.preflight.others.length > 0 && {
      Names: reading.preflight.others.map(({ ref }) => `${ref.kind} ${ref.name}`).join(", "),
    }),
  };
}

function folder(path: string | undefined): string {
  return path === undefined ? "a folder that is not known" : path === "" ? "the root" : path;
}
