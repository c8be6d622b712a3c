import { OWNER_LABEL } from "../../lib/kubernetes/owner";
import { claimName } from "../../components/storage/claim/claim";
import { quote } from "../../components/grafana/api/resources";
import { oldIngresses, type Case } from "./checks";
import { Commands, type Target } from "./commands";
import type { OldTempo } from "./oldTempo";
import { kubectlName, nameOf, specOf, type PodSpec } from "./shapes";

/**
 * prepare: while the old Tempo runs. switch: it stops, the new one starts. check: whether all is there.
 * tidy: what is left over. undo: back, before the switch. back: back, after it.
 */
export const PHASES = ["prepare", "switch", "check", "tidy", "undo", "back"] as const;
export type Phase = (typeof PHASES)[number];

export interface Step {
  readonly phase: Phase;
  readonly title: string;
  /** What it interrupts, restarts or risks; absent: nothing. */
  readonly effect?: string;
  /** What a person has to do, before the commands. */
  readonly byHand?: string;
  /** What a person has to look at, after them. */
  readonly then?: string;
  readonly commands: readonly string[];
}

export interface Plan extends Case {
  readonly old: OldTempo;
  readonly stack: string;
  readonly target: Target;
}

/** Folder of the old manifests, beside the scripts. */
export const BEFORE = "before";

/** What the steps work on, in short. */
export function partsOf(plan: Plan) {
  const { settings, reading, stack } = plan;
  const claim = claimName(settings);
  const pods = reading.pods.map(nameOf);
  const node = reading.pods.map((pod) => specOf<PodSpec>(pod).nodeName).find((name) => name !== undefined);
  return {
    run: new Commands(plan.target),
    claim,
    pvc: `pvc/${claim}`,
    pods,
    ...(node !== undefined && { node }),
    inStack: `--stack ${quote(stack)}`,
    label: `${OWNER_LABEL}=${plan.owner}`,
    volume: reading.volume && nameOf(reading.volume),
    ingresses: oldIngresses(reading).map((ingress) => kubectlName("Ingress", nameOf(ingress))),
  };
}
