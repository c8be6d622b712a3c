import { OWNER_LABEL } from "../../lib/kubernetes/owner";
import { selectorOf } from "../../components/contracts/labels";
import { exposures } from "../../components/tailnet/ingress";
import { quote } from "../../components/grafana/api/resources";
import type { LiveObject } from "../../lib/kubernetes/live";
import { oldIngresses, oldService } from "./checks";
import { retire, startAgain, suspend, unmark } from "./releaseOwnership";
import { TEMPO_USER } from "./oldTempo";
import { BEFORE, partsOf, type Plan, type Step } from "./parts";
import { kubectlName, labelOf, nameOf, specOf, type ServiceSpec } from "./shapes";
import { diesWithIts, look, missingImages, pull, rearrange } from "./volume";

export { BEFORE, PHASES, type Phase, type Plan, type Step } from "./parts";

export function stepsOf(plan: Plan): Step[] {
  return [...prepare(plan), ...cutover(plan), ...check(plan), ...tidy(plan), ...undo(plan), ...back(plan)];
}

function prepare(plan: Plan): Step[] {
  const { owners, settings, reading, old } = plan;
  const { run, pvc, inStack, label, volume, ingresses } = partsOf(plan);
  const steps: Omit<Step, "phase">[] = [
    {
      title: "Look at the volume: the blocks, whose they are, and whether the new Tempo can open them",
      then: "Write down the number of blocks, and the ids of a few traces, old and new, to look for at the end.",
      commands: look(plan),
    },
  ];
  if (volume !== undefined) {
    const policy = specOf<{ persistentVolumeReclaimPolicy: string }>(reading.volume).persistentVolumeReclaimPolicy;
    steps.push({
      title: `The volume outlives its claim${policy === "Retain" ? " already" : `: its reclaim policy is ${policy ?? "?"}`}`,
      commands: [
        ...(policy === "Retain"
          ? []
          : [run.cluster(`patch pv ${volume} --type merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`)]),
        run.expect(`pv/${volume}`, ".spec.persistentVolumeReclaimPolicy", "Retain", true),
      ],
    });
  }
  const dies = diesWithIts(old.workload, plan);
  if (dies) {
    const policy = { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" } } };
    const orphan = run.kubectl(`get ${pvc} -o jsonpath='{.metadata.ownerReferences}'`);
    steps.push({
      title: "The claim outlives its StatefulSet",
      commands: [
        run.patch(kubectlName("StatefulSet", nameOf(old.workload)), policy),
        `until test -z "$(${orphan})"; do sleep 1; done`,
      ],
    });
  }
  steps.push(...owners.applications.flatMap((application) => retire(application, plan)), ...suspend(plan));
  const missing = missingImages(plan);
  if (missing.length > 0) {
    steps.push({
      title: "Pull what the new pod needs, so that it does not wait for it",
      commands: missing.map((image, index) => pull(plan, image, index)),
    });
  }
  const inTheWay = [
    ...toDelete(plan),
    ...(handsOver(oldService(reading, settings)) ? [`service/${settings.name}`] : []),
  ];
  steps.push(
    {
      title: "Hand over: from now on the stack may adopt the claim and the Ingresses, and takes the rest for its own",
      effect: "nothing: a label",
      commands: [
        run.kubectl(`label ${[pvc, ...ingresses, ...inTheWay].join(" ")} ${label} --overwrite`),
        ...unmark(plan, [pvc, ...ingresses]),
      ],
    },
    {
      title: "Rehearse: settings, chart, Grafana and the other clusters",
      then:
        "It must list creations only, of the claim and the Ingresses, too, which are adopted. Put right what it names. " +
        "Do not run pulumi up yet: Helm would refuse to take over a StatefulSet that runs.",
      commands: [`pulumi stack select ${quote(plan.stack)} --create`, `pulumi preview ${inStack}`],
    },
  );
  return steps.map((step) => ({ phase: "prepare", ...step }));
}

function cutover(plan: Plan): Step[] {
  const { settings, old, owners, reading, owner } = plan;
  const { run, pvc, claim, pods, inStack, volume } = partsOf(plan);
  const object = kubectlName(old.workload.kind ?? "", nameOf(old.workload));
  const steps: Omit<Step, "phase">[] = [
    {
      title: "Once more: nothing that follows can lose the volume",
      commands: [
        ...(volume === undefined
          ? []
          : [run.expect(`pv/${volume}`, ".spec.persistentVolumeReclaimPolicy", "Retain", true)]),
        run.expect(pvc, ".metadata.ownerReferences", ""),
        run.expect(pvc, String.raw`.metadata.labels.pulumi-tempo/stack`, owner),
        ...owners.applications
          .filter(({ others }) => others.length === 0)
          .map(({ namespace, name }) => `! ${run.kubectl(`get application ${name}`, namespace)} 2>/dev/null`),
      ],
    },
    {
      title: "Stop the old Tempo",
      effect: "Tempo is down from here to the end of this part. It writes what it has in memory to the WAL first",
      commands: [
        run.kubectl(`scale ${object} --replicas=0`),
        ...pods.map((pod) => run.kubectl(`wait --for=delete pod/${pod} --timeout=3m`)),
        run.expect(pvc, ".status.phase", "Bound"),
      ],
    },
    ...rearrange(plan),
    ...owners.releases.map(({ name }) => ({
      title: `Helm forgets its release ${name}, which keeps what it made`,
      commands: [
        run.kubectl(`get secret -l owner=helm,name=${quote(name)} -o yaml > helm-release-${quote(name)}.yaml`),
        run.kubectl(`delete secret -l owner=helm,name=${quote(name)}`),
      ],
    })),
    {
      title: "Delete what cannot be taken over; the claim stays",
      commands: [run.kubectl(`delete ${[object, ...toDelete(plan).filter((each) => each !== object)].join(" ")}`)],
    },
    ...handService(plan),
    {
      title: "Start the new Tempo on the volume, and adopt the claim and the Ingresses",
      effect: `adopts ${[claim, ...oldIngresses(reading).map(nameOf)].join(", ")}`,
      commands: [
        `pulumi up ${inStack} --yes --skip-preview`,
        run.kubectl(`wait --for=condition=Ready pod/${settings.name}-0 --timeout=5m`),
      ],
    },
  ];
  return steps.map((step) => ({ phase: "switch", ...step }));
}

function check(plan: Plan): Step[] {
  const { inStack } = partsOf(plan);
  return [
    {
      phase: "check",
      title: "The same blocks are there, or more",
      commands: look({ ...plan, old: { ...plan.old, blocks: "blocks", uid: TEMPO_USER } }),
    },
    {
      phase: "check",
      title: "Traces are taken and found, and nothing is left to change",
      then: "Look for the traces that you wrote down. Read the warnings about names on the tailnet.",
      commands: [`npm run verify -- ${inStack}`, `pulumi preview ${inStack} --expect-no-changes`],
    },
  ];
}

function tidy(plan: Plan): Step[] {
  const { old, owners, settings } = plan;
  const { run } = partsOf(plan);
  const steps: Step[] = [];
  if (old.configMap !== undefined && old.configMap !== settings.name) {
    steps.push({
      phase: "tidy",
      title: "After a few days: the old configuration",
      commands: [run.kubectl(`delete configmap/${old.configMap}`)],
    });
  }
  const parents = owners.applications.flatMap(({ parent }) => (parent?.automated === true ? [parent.name] : []));
  if (parents.length > 0) {
    steps.push({
      phase: "tidy",
      title: "Argo CD syncs by itself again",
      byHand: `Give ${[...new Set(parents)].join(", ")} the automated sync policy back, once Tempo is out of what it reads.`,
      commands: [],
    });
  }
  return steps;
}

function undo(plan: Plan): Step[] {
  const { settings, reading } = plan;
  const { run, pvc, ingresses } = partsOf(plan);
  const inTheWay = [
    ...toDelete(plan),
    ...(handsOver(oldService(reading, settings)) ? [`service/${settings.name}`] : []),
  ];
  return [
    {
      phase: "undo",
      title: "Take the labels back, and start again who was stopped",
      byHand: startAgain(plan),
      commands: [run.kubectl(`label ${[pvc, ...ingresses, ...inTheWay].join(" ")} ${OWNER_LABEL}-`)],
    },
  ];
}

/** Leaves the stack for the manifests of before, with the claim, and with the names on the tailnet. */
function back(plan: Plan): Step[] {
  const { settings, stack, project } = plan;
  const { run, pvc, ingresses, inStack } = partsOf(plan);
  const urns = settings.tailnet
    ? exposures(settings, settings.tailnet)
        .filter(({ ingressName }) => ingresses.includes(kubectlName("Ingress", ingressName)))
        .map(({ part }) => ingressUrn(stack, project, part))
    : [];
  const renamed = rearrange(plan, true);
  const steps: Omit<Step, "phase">[] = [
    ...(urns.length > 0
      ? [
          {
            title: "Pulumi forgets the Ingresses, so that they keep their names",
            commands: urns.map((urn) => `pulumi state delete ${quote(urn)} ${inStack} --yes`),
          },
        ]
      : []),
    {
      title: "Take the new Tempo away; the claim is kept",
      effect: "Tempo is down from here until the old one is ready. Dashboards and alerts of the stack go, too",
      commands: [
        `pulumi destroy ${inStack} --exclude-protected`,
        run.kubectl(`wait --for=delete pod/${settings.name}-0 --timeout=3m`),
        run.expect(pvc, ".status.phase", "Bound"),
      ],
    },
    ...renamed,
    {
      title: "Start the old Tempo",
      effect: "finds the claim by its name, with the traces of both",
      byHand: startAgain(plan),
      commands: [
        run.kubectl(`label ${[pvc, ...ingresses].join(" ")} ${OWNER_LABEL}-`),
        run.kubectl(`apply -f ${BEFORE}`),
      ],
    },
    {
      title: "The stack forgets the claim, which stays",
      commands: [
        `pulumi state unprotect --all ${inStack} --yes`,
        `pulumi destroy ${inStack}`,
        `pulumi stack rm ${quote(stack)} --preserve-config`,
      ],
    },
  ];
  return steps.map((step) => ({ phase: "back", ...step }));
}

export function ingressUrn(stack: string, project: string, part: string): string {
  return (
    `urn:pulumi:${stack}::${project}::tempo:tailnet:Tailnet$kubernetes:networking.k8s.io/v1:Ingress::` +
    `tailnet-${part}-ingress`
  );
}

/** Objects of our names that are made anew, and the workload. */
function toDelete({ reading, settings, old }: Plan): string[] {
  const service = oldService(reading, settings);
  const names = reading.preflight.others
    .filter(({ ref, object }) => ref.kind !== "Ingress" && !(object === service && handsOver(service)))
    // What an `up` that failed has made is the stack's own, and in its state.
    .filter(({ object }) => labelOf(object, "app.kubernetes.io/managed-by") !== "pulumi")
    .map(({ ref }) => kubectlName(ref.kind, ref.name));
  return [...new Set([kubectlName(old.workload.kind ?? "", nameOf(old.workload)), ...names])];
}

/** A Service that can stay, with its address; what is headless or reached from outside is made anew. */
function handsOver(service: LiveObject | undefined): boolean {
  const { type = "ClusterIP", clusterIP } = specOf<ServiceSpec>(service);
  return service !== undefined && type === "ClusterIP" && clusterIP !== "None";
}

/**
 * Helm takes over an object that carries its marks. It merges, and would leave the old selector beside the new one, by
 * which no pod is selected: both lists are emptied of what was, first.
 */
function handService(plan: Plan): Omit<Step, "phase">[] {
  const { settings, reading } = plan;
  const { run } = partsOf(plan);
  const { name, namespace } = settings;
  if (!handsOver(oldService(reading, settings))) return [];
  const patch = [
    { op: "replace", path: "/spec/selector", value: selectorOf(settings) },
    { op: "replace", path: "/spec/ports", value: [{ name: "otlp-http", port: 4318, targetPort: 4318 }] },
  ];
  return [
    {
      title: `Hand over the Service ${name}, which keeps its address`,
      commands: [
        run.kubectl(`label service/${name} app.kubernetes.io/managed-by=Helm --overwrite`),
        run.kubectl(
          `annotate service/${name} meta.helm.sh/release-name=${name} meta.helm.sh/release-namespace=${namespace} --overwrite`,
        ),
        run.kubectl(`patch service/${name} --type json -p ${quote(JSON.stringify(patch))}`),
      ],
    },
  ];
}
