import type { LiveObject } from "../../lib/kubernetes/live";
import { withOwner } from "../../lib/kubernetes/objects";
import { checkSnapshot } from "../../stack/preflight";
import { OWNER_LABEL } from "../../lib/kubernetes/owner";
import { exposures } from "../../components/tailnet/ingress";
import { claimName } from "../../components/storage/claim/claim";
import { goDuration } from "../../lib/schema/duration";
import type { Problem } from "../../lib/problems";
import type { Settings } from "../../components/contracts/settings";
import type { OldTempo } from "./oldTempo";
import { TEMPO_USER } from "./oldTempo";
import type { Owners } from "./owners";
import type { Reading } from "./reading";
import {
  annotationOf,
  describe,
  labelOf,
  nameOf,
  namespaceOf,
  specOf,
  type IngressSpec,
  type ServiceSpec,
  type WorkloadSpec,
} from "./shapes";

/** What the judgement is about. */
export interface Case {
  readonly settings: Settings;
  readonly project: string;
  readonly owner: string;
  readonly reading: Reading;
  readonly old: OldTempo | undefined;
  readonly owners: Owners;
  /** The explicit word that older traces may be deleted. */
  readonly shortenRetention: boolean;
}

export interface Judgement {
  /** While there is one of these there are no steps. */
  readonly blocks: readonly Problem[];
  /** What will be otherwise afterwards. */
  readonly notes: readonly string[];
}

/** The prefix of the label's value in Pod Security, by which a pod may not be root. */
const ENFORCE = "pod-security.kubernetes.io/enforce";

export function judge(question: Case): Judgement {
  return {
    blocks: [
      ...checkClaim(question),
      ...checkWorkloads(question),
      ...(question.old?.problems ?? []),
      ...checkRetention(question),
      ...checkUser(question),
      ...checkStrangers(question),
      ...checkNames(question),
      ...checkOwners(question),
    ],
    notes: [...notesOnService(question), ...notesOnIngresses(question), ...question.reading.silent],
  };
}

/** The stack's own questions, asked as if the claim were handed over and all that is in the way were gone. */
function checkClaim({ settings, project, owner, reading }: Case): Problem[] {
  const { claim } = reading.preflight;
  const key = `PersistentVolumeClaim ${settings.namespace}/${claimName(settings)}`;
  if (!claim) {
    const others = [...new Set(reading.otherClaims)];
    const message =
      others.length > 0
        ? `there is none, and a Tempo here uses ${others.join(", ")}. Set volume.claimName to the one with the traces`
        : "there is none. Set namespace, name or volume.claimName to what stands; or, to begin without old traces, " +
          "there is nothing to adopt: pulumi up";
    return [{ key, message }];
  }
  const label = labelOf(claim, OWNER_LABEL);
  if (label !== undefined && label !== owner) {
    return [
      {
        key,
        found: JSON.stringify(label),
        message: "another stack's. Let that stack go first (Leaving, docs/guides/adopting.md)",
      },
    ];
  }
  const handedOver = withOwner(claim, owner);
  const { problems } = checkSnapshot(settings, project, owner, { ...reading.preflight, claim: handedOver, others: [] });
  const phase = (claim.status as { phase?: string } | undefined)?.phase;
  return phase === "Bound"
    ? [...problems]
    : [
        ...problems,
        {
          key,
          found: JSON.stringify(phase ?? "none"),
          message: "not bound, so it has no traces. Delete it, and there is nothing to adopt",
        },
      ];
}

function checkWorkloads({ settings, reading }: Case): Problem[] {
  const { workloads, pods } = reading;
  const problems: Problem[] = workloads.flatMap((workload): Problem[] => {
    const { replicas = 1 } = specOf<WorkloadSpec>(workload);
    if (replicas <= 1) return [];
    const message =
      "one claim is taken over, and each replica has a part of the traces. Scale it to 1, and wait until the retention " +
      "of the others' traces has passed";
    return [{ key: `${describe(workload)}: replicas`, found: String(replicas), message }];
  });
  if (workloads.length > 1) {
    const message = `${workloads.map((each) => describe(each)).join(" and ")} mount it, or have the stack's name. One Tempo at a time may write to it; remove what is not in use`;
    problems.push({ key: `PersistentVolumeClaim ${settings.namespace}/${claimName(settings)}`, message });
  }
  for (const pod of pods) {
    const maker = pod.metadata?.ownerReferences?.[0];
    const known =
      maker !== undefined &&
      workloads.some((each) => maker.name === nameOf(each) || maker.name.startsWith(`${nameOf(each)}-`));
    if (known) continue;
    const who = maker ? `${maker.kind} ${maker.name}` : "nobody";
    problems.push({
      key: describe(pod, "Pod"),
      message: `mounts the claim, and was made by ${who}, which this plan cannot stop. Remove it first`,
    });
  }
  return problems;
}

/** What the compactor would delete at its first pass. */
function checkRetention({ settings, project, old, shortenRetention }: Case): Problem[] {
  if (!old || old.problems.length > 0 || shortenRetention || settings.retention.ms >= old.retention) return [];
  const was = goDuration(old.retention);
  const message =
    `shorter than the old Tempo's ${was}: traces older than that would be deleted within minutes of the first start. ` +
    `Write ${was} or more, or say --shorten-retention if they may go`;
  return [{ key: `${project}:retention`, found: JSON.stringify(settings.retention.text), message }];
}

/** Whether a pod may give the files to another user, where that has to be done. */
function checkUser({ old, reading }: Case): Problem[] {
  const level = reading.preflight.namespace && labelOf(reading.preflight.namespace, ENFORCE);
  if (!old || old.uid === TEMPO_USER || level !== "restricted") return [];
  const message =
    `its files belong to uid ${old.uid ?? "unknown"}, and the namespace allows no pod that could give them to ` +
    `${TEMPO_USER}. Give it the level baseline until that is done`;
  return [{ key: describe(old.workload), message }];
}

/** Objects in the way that another stack has marked as its own. */
function checkStrangers({ owner, reading }: Case): Problem[] {
  return reading.preflight.others.flatMap(({ ref, object }): Problem[] => {
    const label = labelOf(object, OWNER_LABEL);
    if (label === undefined || label === owner) return [];
    const key = `${ref.kind} ${ref.namespace ?? ""}/${ref.name}`;
    return [
      { key, found: JSON.stringify(label), message: "another stack's. Write another name, or let that one go first" },
    ];
  });
}

/** Who else has a name on the tailnet: the new one would become NAME-1, without a word. */
function checkNames({ settings, reading }: Case): Problem[] {
  const { tailnet, namespace } = settings;
  if (!tailnet) return [];
  const known = exposures(settings, tailnet);
  return known.flatMap(({ hostname, ingressName }): Problem[] => {
    const ingresses = reading.ingresses.filter(
      (each) => hostnameOf(each) === hostname && !(nameOf(each) === ingressName && namespaceOf(each) === namespace),
    );
    const services = reading.services.filter((each) => annotationOf(each, "tailscale.com/hostname") === hostname);
    return [...ingresses, ...services].map((holder) => ({
      key: describe(holder),
      message:
        `has the tailnet name ${hostname}, which ${ingressName} is to have: that would become ${hostname}-1. Delete it ` +
        "in time, and wait until the name is free, or write another name below tailnet",
    }));
  });
}

function hostnameOf(ingress: LiveObject): string | undefined {
  const { ingressClassName, tls = [] } = specOf<IngressSpec>(ingress);
  return ingressClassName === "tailscale" ? tls[0]?.hosts?.[0]?.split(".")[0] : undefined;
}

function checkOwners({ settings, owners, reading }: Case): Problem[] {
  return [
    ...owners.applications.flatMap(({ namespace, name, set, others }): Problem[] => {
      const key = `Application ${namespace}/${name}`;
      if (set !== undefined) {
        return [
          {
            key,
            message: `made by the ApplicationSet ${set}, which would make it again. Take it out of there, without its objects, first`,
          },
        ];
      }
      if (others.length > 0 && name === settings.name) {
        const message = `has ${others.slice(0, 3).join(", ")} besides Tempo and is called as this stack's objects are labelled: where Argo CD tracks by label it would prune them. Rename it, or set name`;
        return [{ key, message }];
      }
      return [];
    }),
    ...owners.releases.flatMap(({ name, namespace }): Problem[] =>
      namespace === settings.namespace
        ? []
        : [
            {
              key: `Helm release ${namespace}/${name}`,
              message: `is recorded in another namespace than ${settings.namespace}. Uninstall it by hand: docs/guides/adopting.md`,
            },
          ],
    ),
    ...reading.workloads.flatMap((workload): Problem[] => {
      const maker = workload.metadata?.ownerReferences?.find(({ controller }) => controller === true);
      if (!maker) return [];
      return [
        {
          key: describe(workload),
          message: `made by ${maker.kind} ${maker.name}, whose operator would make it again. Let the operator go first, with the claim kept`,
        },
      ];
    }),
  ];
}

const OURS = new Set([3200, 4317, 4318]);

function notesOnService(question: Case): string[] {
  const { settings, reading } = question;
  const service = oldService(reading, settings);
  if (!service) return notesOnOtherServices(question);
  const { type = "ClusterIP", ports = [], clusterIP } = specOf<ServiceSpec>(service);
  const gone = ports.filter(({ port }) => !OURS.has(port) && port !== 9095).map(({ port }) => port);
  return [
    ...notesOnOtherServices(question),
    ...(gone.length > 0
      ? [`Service ${settings.name} loses the ports ${gone.join(", ")}: only OTLP is taken, on 4317 and 4318`]
      : []),
    ...(type === "NodePort" || type === "LoadBalancer"
      ? [
          `Service ${settings.name} is a ${type} and becomes a ClusterIP: whoever comes from outside needs a name on the tailnet`,
        ]
      : []),
    ...(clusterIP === "None" ? [`Service ${settings.name} is headless and is made anew, with an address`] : []),
  ];
}

/** Services by other names, behind which nothing will be any more. */
function notesOnOtherServices({ settings, reading, old }: Case): string[] {
  const labels = specOf<WorkloadSpec>(old?.workload).template?.metadata?.labels ?? {};
  return reading.services
    .filter((service) => namespaceOf(service) === settings.namespace && nameOf(service) !== settings.name)
    .filter((service) => {
      const selector = Object.entries(specOf<ServiceSpec>(service).selector ?? {});
      return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
    })
    .map(
      (service) =>
        `nothing is behind ${describe(service)} any more: its users must go to the Service ${settings.name}, or set name`,
    );
}

/** The Service that has our name, unless the stack itself made it. */
export function oldService({ preflight }: Reading, { name }: Pick<Settings, "name">): LiveObject | undefined {
  return preflight.others.find(({ ref }) => ref.kind === "Service" && ref.name === name)?.object;
}

/** Ingresses that are taken over as they stand. */
export function oldIngresses({ preflight }: Reading): LiveObject[] {
  return preflight.others.filter(({ ref }) => ref.kind === "Ingress").map(({ object }) => object);
}

function notesOnIngresses({ settings, reading }: Case): string[] {
  const { tailnet } = settings;
  if (!tailnet) return [];
  const known = exposures(settings, tailnet);
  return oldIngresses(reading).flatMap((ingress): string[] => {
    const hostname = known.find(({ ingressName }) => ingressName === nameOf(ingress))?.hostname;
    const had = hostnameOf(ingress);
    const group = annotationOf(ingress, "tailscale.com/proxy-group");
    const given = givenHost(ingress);
    const which = describe(ingress);
    return [
      ...(had === hostname
        ? []
        : [
            `${which} had the tailnet name ${had ?? "none"} and gets ${hostname ?? "?"}: set tailnet, or tell its users`,
          ]),
      ...(group === tailnet.proxyGroup
        ? []
        : [
            `${which} changes its proxy group from ${group ?? "none"} to ${tailnet.proxyGroup ?? "none"}: the operator makes it anew, and its name may be taken for a while`,
          ]),
      ...(given !== undefined && had !== undefined && given !== had
        ? [
            `${which} is called ${given} on the tailnet already: ${had} is somebody else's. See docs/runbooks/tailnet-name.md`,
          ]
        : []),
      ...(annotationOf(ingress, "tailscale.com/funnel") === "true"
        ? [`${which} is on the public internet, and will not be any more`]
        : []),
    ];
  });
}

function givenHost(ingress: LiveObject): string | undefined {
  const status = ingress.status as { loadBalancer?: { ingress?: { hostname?: string }[] } } | undefined;
  return status?.loadBalancer?.ingress?.[0]?.hostname?.split(".")[0];
}
