import assert from "node:assert/strict";
import { danglingReferences, type KubernetesObject } from "./support/references";

const object = (kind: string, name: string, spec: object = {}, labels = {}): KubernetesObject => ({
  kind,
  metadata: { name, namespace: "n", labels },
  spec,
});

const volumes = [
  { name: "a", configMap: { name: "files" } },
  { name: "b", persistentVolumeClaim: { claimName: "data" } },
];
const mounts = { volumeMounts: [{ name: "a" }, { name: "b" }] };
const container = { ports: [{ name: "http", containerPort: 80 }], ...mounts };
const backend = (port: number): object => ({
  rules: [{ http: { paths: [{ backend: { service: { name: "web", port: { number: port } } } }] } }],
});
const sound = [
  object("Pod", "web-0", { serviceAccountName: "web", volumes, containers: [container] }, { app: "web", more: "" }),
  object("ServiceAccount", "web"),
  object("ConfigMap", "files"),
  object("PersistentVolumeClaim", "data"),
  object("Service", "web", { selector: { app: "web" }, ports: [{ port: 8080, targetPort: "http" }] }),
  object("NetworkPolicy", "web", { podSelector: { matchLabels: { app: "web" } } }),
  object("Ingress", "web", backend(8080)),
];
const instead = (changed: KubernetesObject): KubernetesObject[] =>
  sound.map((each) => (each.kind === changed.kind ? changed : each));

describe("references between objects", () => {
  it("lead somewhere where all is well", () => {
    assert.deepEqual(danglingReferences(sound), []);
  });

  const faults: Record<string, readonly [KubernetesObject[], string]> = {
    "to a ConfigMap": [sound.filter(({ kind }) => kind !== "ConfigMap"), "Pod n/web-0: there is no ConfigMap files"],
    "to a claim": [
      instead(object("PersistentVolumeClaim", "date")),
      "Pod n/web-0: there is no PersistentVolumeClaim data",
    ],
    "of a Service to pods": [
      instead(object("Service", "web", { selector: { app: "wep" }, ports: [{ port: 8080, targetPort: "http" }] })),
      "Service n/web: selects no pod",
    ],
    "of a Service to a port": [
      instead(object("Service", "web", { selector: { app: "web" }, ports: [{ port: 8080, targetPort: 81 }] })),
      "Service n/web: no pod has the port behind 8080",
    ],
    "of a NetworkPolicy": [
      instead(object("NetworkPolicy", "web", { podSelector: { matchLabels: { app: "wep" } } })),
      "NetworkPolicy n/web: selects no pod",
    ],
    "of an Ingress": [instead(object("Ingress", "web", backend(80))), "Ingress n/web: no Service web has the port 80"],
  };
  for (const [title, [objects, sentence]] of Object.entries(faults)) {
    it(`that lead nowhere are named: ${title}`, () => {
      assert.deepEqual(danglingReferences(objects), [sentence]);
    });
  }
});
