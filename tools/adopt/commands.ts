import { quote } from "../../components/grafana/api/resources";
import type { VolumeMount } from "./shapes";

/** How the cluster is reached by the commands of a plan. */
export interface Target {
  readonly context: string;
  readonly kubeconfig?: string;
  readonly namespace: string;
}

/** A pod that looks at the volume, or changes it, and is gone afterwards. */
export interface FilesPod {
  readonly name: string;
  readonly image: string;
  readonly claim: string;
  /** The user that the files belong to; 0 to give them to another. */
  readonly uid: number;
  readonly readOnly: boolean;
  /** Where the volume is attached now; absent: wherever it can be. */
  readonly node?: string;
  /** Of a shell; the volume is the current folder. */
  readonly script: readonly string[];
}

export class Commands {
  constructor(private readonly target: Target) {}

  /** `kubectl …` in the namespace of Tempo, or in another. */
  kubectl(words: string, namespace = this.target.namespace): string {
    return `${this.cluster()} -n ${quote(namespace)} ${words}`;
  }

  /** For what is in no namespace. */
  cluster(words?: string): string {
    const { context, kubeconfig } = this.target;
    const file = kubeconfig === undefined ? "" : ` --kubeconfig ${quote(kubeconfig)}`;
    return `kubectl${file} --context ${quote(context)}${words === undefined ? "" : ` ${words}`}`;
  }

  patch(object: string, patch: object, namespace?: string): string {
    return this.kubectl(`patch ${object} --type merge -p ${json(patch)}`, namespace);
  }

  /**
   * Not `run --attach`: it loses the last lines of a pod that ends at once (seen).
   * @returns commands that show what the script says, and fail as it does; they can be run again.
   */
  runFiles(pod: FilesPod): string[] {
    const mount: VolumeMount & { readOnly: boolean } = {
      name: "storage",
      mountPath: "/volume",
      readOnly: pod.readOnly,
    };
    const isRoot = pod.uid === 0;
    const overrides = {
      apiVersion: "v1",
      spec: {
        ...(pod.node !== undefined && { nodeName: pod.node }),
        automountServiceAccountToken: false,
        securityContext: {
          runAsUser: pod.uid,
          runAsGroup: pod.uid,
          runAsNonRoot: !isRoot,
          seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [
          {
            name: pod.name,
            image: pod.image,
            command: ["sh", "-euc", ["cd /volume", ...pod.script].join("\n")],
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: isRoot ? { drop: ["ALL"], add: ["CHOWN", "DAC_OVERRIDE", "FOWNER"] } : { drop: ["ALL"] },
            },
            volumeMounts: [mount],
          },
        ],
        volumes: [{ name: "storage", persistentVolumeClaim: { claimName: pod.claim } }],
      },
    };
    const phase = this.kubectl(`get pod ${pod.name} -o jsonpath='{.status.phase}'`);
    return [
      this.kubectl(`delete pod ${pod.name} --ignore-not-found`),
      this.kubectl(`run ${pod.name} --image=${quote(pod.image)} --restart=Never --overrides=${json(overrides)}`),
      `until ${phase} | grep -qE 'Succeeded|Failed'; do sleep 1; done`,
      this.kubectl(`logs ${pod.name}`),
      `test "$(${phase})" = Succeeded`,
      this.kubectl(`delete pod ${pod.name}`),
    ];
  }

  /** Ends with an error unless a field is as it must be. */
  expect(object: string, path: string, wanted: string, isClusterWide = false): string {
    const words = `get ${object} -o jsonpath=${quote(`{${path}}`)}`;
    const read = isClusterWide ? this.cluster(words) : this.kubectl(words);
    return `test "$(${read})" = ${quote(wanted)}`;
  }
}

/** A JSON document as one word of a shell. */
export function json(value: object): string {
  return quote(JSON.stringify(value));
}
