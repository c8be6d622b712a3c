import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderValues } from "../../../components/tempo/values";
import { versions } from "../../../components/versions/pins";
import { ROOT, settingsOf, type Changes } from "../../stack/program/stacks";

/**
 * Key paths of the chart's values file, commented-out ones included. A new chart version needs a new list; the name of
 * the file makes this test fail until it is there.
 */
const fixture = join(ROOT, `tests/fixtures/tempo-chart-${versions.tempoChart}-value-paths.json`);
const known = new Set(JSON.parse(readFileSync(fixture, "utf8")) as string[]);

/** Values that the chart's templates print as they are; tests/stack/program/onApiServer.ts checks what is in them. */
const passedThrough = [
  "global.commonLabels",
  "podAnnotations",
  "podLabels",
  "securityContext",
  "extraVolumes",
  "tempo.resources",
  "tempo.securityContext",
  "tempo.livenessProbe",
  "tempo.readinessProbe",
  "tempo.extraEnv",
  "tempo.extraVolumeMounts",
];

/** The paths of a values tree that the chart would ignore. */
function unknownPaths(values: Readonly<Record<string, unknown>>, prefix = ""): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = prefix + key;
    if (!known.has(path)) return [path];
    if (passedThrough.includes(path) || typeof value !== "object" || value === null || Array.isArray(value)) return [];
    return unknownPaths(value as Record<string, unknown>, `${path}.`);
  });
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly volumeMounts: readonly { readonly name: string; readonly readOnly?: boolean }[];
}

/** Values, as far as they are looked at one by one. */
interface Values {
  readonly config: string;
  readonly replicas: number;
  readonly persistence: object;
  readonly podLabels: object;
  readonly podAnnotations?: Readonly<Record<string, string>>;
  readonly extraContainers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly global: { readonly commonLabels: object };
  readonly nameOverride: string;
  readonly fullnameOverride: string;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly serviceAccount: object;
  readonly extraVolumes: readonly { readonly name: string; readonly persistentVolumeClaim?: { claimName: string } }[];
  readonly tempo: {
    readonly registry: string;
    readonly repository: string;
    readonly tag: string;
    readonly memBallastSizeMbs: number;
    readonly resources: { readonly requests: object; readonly limits: object };
    readonly extraEnv: readonly { readonly name: string; readonly value: string }[];
    readonly receivers: { readonly jaeger: { readonly protocols: Readonly<Record<string, { endpoint: string }>> } };
    readonly securityContext: Readonly<Record<string, unknown>>;
    readonly extraVolumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
    readonly readinessProbe: { readonly httpGet: object };
    readonly livenessProbe: { readonly httpGet: object };
  };
}

const valuesOf = (changes: Changes = {}, yaml = "target: all\n"): Values =>
  renderValues(settingsOf("local", changes), yaml, "tempo.test") as unknown as Values;

/** What Helm's `tpl` makes of a text, where the only actions are texts in quotes; any other action is an error here. */
function tpl(template: string): string {
  const [first = "", ...rest] = template.split("{{");
  let result = first;
  while (rest.length > 0) {
    const opening = rest.shift();
    const braces = rest.shift();
    assert.deepEqual([opening, braces?.startsWith('" }}')], [' "', true], `an action in ${template}`);
    result += `{{${braces?.slice('" }}'.length)}`;
  }
  return result;
}

describe("the chart's values", () => {
  const variants: Record<string, Changes> = {
    "the defaults": {},
    "everything that is optional": {
      image: `registry.example.com:5000/tempo@sha256:${"a".repeat(64)}`,
      resources: { requests: { cpu: "1" }, limits: { cpu: "2", memory: "2Gi" } },
    },
  };
  for (const [title, changes] of Object.entries(variants)) {
    it(`are all known to the pinned chart: ${title}`, () => {
      assert.deepEqual(unknownPaths(valuesOf(changes) as unknown as Record<string, unknown>), []);
    });
  }

  it("that are made up would be found, at every depth", () => {
    const madeUp = {
      nodeSelectors: {},
      tempo: { memBallastSizeMB: 0, receivers: { jaeger: { protocols: { thrift_udp: {} } } }, extraEnv: [] },
      persistence: { enabled: false, retain: true },
    };
    assert.deepEqual(unknownPaths(madeUp), [
      "nodeSelectors",
      "tempo.memBallastSizeMB",
      "tempo.receivers.jaeger.protocols.thrift_udp",
      "persistence.retain",
    ]);
  });

  it("that are passed through are the chart's, too", () => {
    assert.deepEqual(
      passedThrough.filter((path) => !known.has(path)),
      [],
    );
  });

  for (const { image, parts } of [
    { image: "grafana/tempo:2.10.1", parts: ["docker.io", "grafana/tempo", "2.10.1"] },
    { image: "ghcr.io/grafana/tempo:v2.10.1-rc.0", parts: ["ghcr.io", "grafana/tempo", "v2.10.1-rc.0"] },
    {
      image: `localhost:5000/tempo:2.10.1@sha256:${"0".repeat(64)}`,
      parts: ["localhost:5000", "tempo", `2.10.1@sha256:${"0".repeat(64)}`],
    },
    {
      image: `grafana/tempo@sha256:${"0".repeat(64)}`,
      parts: ["docker.io", "grafana/tempo", `pinned@sha256:${"0".repeat(64)}`],
    },
  ]) {
    it(`name the image ${image}`, () => {
      const { registry, repository, tag } = valuesOf({ image }).tempo;
      assert.deepEqual([registry, repository, tag], parts);
    });
  }

  it("aim Go's heap at four fifths of the memory limit, in bytes, and hold no ballast", () => {
    const resources = { limits: { memory: "1G" } };
    const { extraEnv, memBallastSizeMbs } = valuesOf({ resources }).tempo;
    assert.deepEqual(extraEnv, [{ name: "GOMEMLIMIT", value: "800000000" }]);
    assert.equal(memBallastSizeMbs, 0);
    const odd = valuesOf({
      resources: { requests: { memory: "1" }, limits: { memory: "1000000001" } },
      limits: { maxBytesPerTrace: "1Mi" },
    });
    assert.equal(odd.tempo.extraEnv[0]?.value, "800000000");
  });

  it("ask for the resources as they are written", () => {
    const requests = { cpu: "0.25", memory: "300M" };
    const limits = { cpu: "1500m", memory: "1.5Gi" };
    assert.deepEqual(
      valuesOf({ resources: { requests: { ...requests, ephemeralStorage: "1Gi" }, limits } }).tempo.resources,
      {
        requests: { ...requests, "ephemeral-storage": "1Gi" },
        limits,
      },
    );
  });

  it("name no amount of CPU where none is wanted", () => {
    const none = { requests: { cpu: "" }, limits: { cpu: "" } };
    assert.deepEqual(valuesOf({ resources: none }).tempo.resources, {
      requests: { memory: "256Mi", "ephemeral-storage": "64Mi" },
      limits: { memory: "1Gi" },
    });
    const numbers = { requests: { cpu: 0.25 }, limits: { cpu: 1 } };
    assert.deepEqual(valuesOf({ resources: numbers }).tempo.resources, {
      requests: { cpu: "0.25", memory: "256Mi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "1", memory: "1Gi" },
    });
  });

  it("mount the claim where tempo.yaml writes, and make every other place read-only", () => {
    const { extraVolumes, tempo } = valuesOf({ volume: { claimName: "old-traces" } });
    assert.deepEqual(extraVolumes.find(({ name }) => name === "storage")?.persistentVolumeClaim, {
      claimName: "old-traces",
    });
    assert.deepEqual(
      tempo.extraVolumeMounts.map(({ name }) => name),
      ["storage", "tmp"],
    );
    assert.equal(tempo.extraVolumeMounts.find(({ name }) => name === "storage")?.mountPath, "/var/tempo");
    assert.equal(tempo.securityContext["readOnlyRootFilesystem"], true);
  });

  describe("of the guard", () => {
    const measuring = valuesOf();
    const acting = valuesOf({ storage: { adaptiveRetention: true } });

    it("put a container beside Tempo that may read the volume and change nothing on it", () => {
      const [guard, ...more] = measuring.extraContainers ?? [];
      assert.ok(guard && more.length === 0);
      assert.deepEqual(
        guard.volumeMounts.map(({ name, readOnly }) => [name, readOnly]),
        [
          ["storage", true],
          ["guard-files", true],
          ["guard-run", undefined],
        ],
      );
      assert.match(guard.image, /^busybox:.*@sha256:[0-9a-f]{64}$/);
      assert.equal(measuring.initContainers, undefined);
    });

    it("let Tempo read what the guard decides, once it may decide, and have it there before Tempo starts", () => {
      const mount = acting.tempo.extraVolumeMounts.find(({ name }) => name === "guard-run");
      assert.deepEqual(mount, { name: "guard-run", mountPath: "/run/tempo-guard", readOnly: true });
      assert.deepEqual(
        acting.initContainers?.map(({ name }) => name),
        ["guard-seed"],
      );
    });

    it("have every volume that a container mounts", () => {
      for (const { extraVolumes, extraContainers = [], initContainers = [], tempo } of [measuring, acting]) {
        const mounted = [
          tempo.extraVolumeMounts,
          ...[...extraContainers, ...initContainers].map((c) => c.volumeMounts),
        ];
        const names = new Set(mounted.flat().map(({ name }) => name));
        assert.deepEqual([...names].sort(), extraVolumes.map(({ name }) => name).sort());
      }
    });

    it("restart the pod when the guard changes, and not otherwise", () => {
      const checksum = (changes: Changes): unknown => valuesOf(changes).podAnnotations?.["checksum/guard"];
      assert.equal(checksum({}), checksum({ retention: "168h" }));
      assert.notEqual(checksum({}), checksum({ retention: "24h" }));
    });

    it("are none where the settings want none", () => {
      const { extraContainers, initContainers, podAnnotations, extraVolumes } = valuesOf({ storage: { guard: false } });
      assert.deepEqual([extraContainers, initContainers, podAnnotations], [undefined, undefined, {}]);
      assert.equal(extraVolumes.length, 2);
    });
  });

  it("make one pod, no claim, and no user but Tempo's own", () => {
    const { replicas, persistence, securityContext, serviceAccount } = valuesOf();
    assert.equal(replicas, 1);
    assert.deepEqual(persistence, { enabled: false });
    assert.deepEqual(serviceAccount, { automountServiceAccountToken: false });
    assert.deepEqual([securityContext["runAsUser"], securityContext["fsGroup"]], [10001, 10001]);
    assert.equal(securityContext["runAsNonRoot"], true);
  });

  it("give everything the stack's name and owner", () => {
    const { nameOverride, fullnameOverride, global, podLabels } = valuesOf({ name: "traces" });
    assert.deepEqual([nameOverride, fullnameOverride], ["traces", "traces"]);
    assert.deepEqual(global.commonLabels, { "pulumi-tempo/stack": "tempo.test" });
    assert.deepEqual(podLabels, { "pulumi-tempo/stack": "tempo.test" });
  });

  it("listen for no Jaeger protocol", () => {
    const { protocols } = valuesOf().tempo.receivers.jaeger;
    assert.deepEqual(
      Object.entries(protocols).map(([name, { endpoint }]) => [name, endpoint]),
      ["grpc", "thrift_binary", "thrift_compact", "thrift_http"].map((name) => [name, ""]),
    );
  });

  it("take no pod out of service for replaying its WAL", () => {
    const { readinessProbe, livenessProbe } = valuesOf().tempo;
    assert.deepEqual(readinessProbe.httpGet, { path: "/ready", port: 3200 });
    assert.deepEqual(livenessProbe.httpGet, { path: "/status/version", port: 3200 });
  });

  for (const text of [
    "a: plain text, { braces } and }}",
    "a: '{{ .Release.Name }}'",
    "a: '{{{'",
    "a: '{{{{ x }}}}'",
    "a: '{{'",
    "{{- fail `no` -}}",
    "a: '{{ \"{{\" }}'",
    "a: '{{/* gone */}}'",
  ]) {
    it(`hand over the configuration so that Helm's tpl gives it back: ${text}`, () => {
      assert.equal(tpl(valuesOf({}, text).config), text);
    });
  }
});
