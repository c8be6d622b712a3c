import type { Application } from "./owners";
import { BEFORE, partsOf, type Plan, type Step } from "./parts";

/** How those who own the old Tempo let go of it. */

const TRACKING = "argocd.argoproj.io/tracking-id";
const INSTANCE = "app.kubernetes.io/instance";

/** Whose work was stopped. */
export function startAgain({ owners }: Plan): string {
  const stopped = [
    ...owners.applications.map(({ name }) => `the Application ${name}`),
    ...owners.flux.map(({ kind, name }) => `the ${kind} ${name}`),
  ];
  return stopped.length === 0
    ? `Nobody was stopped. The folder ${BEFORE} has the manifests.`
    : `Put back ${stopped.join(", ")} in Git; last of all.`;
}

export function retire({ namespace, name, parent, others, automated }: Application, plan: Plan): Omit<Step, "phase">[] {
  const { run, pvc } = partsOf(plan);
  const off = (app: string, where: string): string =>
    run.patch(`application ${app}`, { spec: { syncPolicy: { automated: null } } }, where);
  const before = parent?.automated === true ? [off(parent.name, parent.namespace)] : [];
  if (others.length > 0) {
    return [
      {
        title: `Argo CD: Tempo leaves the Application ${name}, which has other things, too`,
        byHand: `Take Tempo's manifests out of what ${name} reads, push, and do not sync with pruning before the end.`,
        commands: [
          ...before,
          ...(automated ? [off(name, namespace)] : []),
          run.kubectl(`annotate ${pvc} argocd.argoproj.io/sync-options=Prune=false --overwrite`),
        ],
      },
    ];
  }
  return [
    {
      title: `Argo CD stops to sync ${name} by itself, and to delete its objects with it`,
      ...(parent && {
        then:
          `${parent.name} makes the Application ${name}: take its manifest out of what ${parent.name} reads in Git, and ` +
          `push. Do not sync ${parent.name} with pruning`,
      }),
      commands: [
        // The one that makes it first: it would put back what is patched.
        ...before,
        // The finalizer is what would delete the objects.
        run.patch(`application ${name}`, { metadata: { finalizers: null }, spec: { syncPolicy: null } }, namespace),
      ],
    },
    {
      title: `The Application ${name} goes, without its objects`,
      commands: [
        `test -z "$(${run.kubectl(`get application ${name} -o jsonpath='{.metadata.finalizers}'`, namespace)})"`,
        run.kubectl(`delete application ${name}`, namespace),
      ],
    },
  ];
}

export function suspend(plan: Plan): Omit<Step, "phase">[] {
  const { run } = partsOf(plan);
  return plan.owners.flux.map(({ kind, namespace, name }) => ({
    title: `Flux: the ${kind} ${name} is suspended`,
    byHand: `After the switch: take Tempo's manifests out of what it reads, with prune: false, before you resume it.`,
    commands: [run.patch(`${kind} ${name}`, { spec: { suspend: true } }, namespace)],
  }));
}

/** Takes off what Argo CD and Flux know their objects by. */
export function unmark(plan: Plan, objects: readonly string[]): string[] {
  const { run } = partsOf(plan);
  const names = objects.join(" ");
  return [
    ...(plan.owners.applications.length > 0
      ? [run.kubectl(`annotate ${names} ${TRACKING}-`), run.kubectl(`label ${names} ${INSTANCE}-`)]
      : []),
    ...(plan.owners.flux.length > 0
      ? [
          run.kubectl(
            `label ${names} kustomize.toolkit.fluxcd.io/name- kustomize.toolkit.fluxcd.io/namespace- ` +
              "helm.toolkit.fluxcd.io/name- helm.toolkit.fluxcd.io/namespace-",
          ),
        ]
      : []),
  ];
}
