import assert from "node:assert/strict";
import {
  ClusterSilent,
  type ListOptions,
  type LiveCluster,
  type LiveObject,
  type ObjectRef,
} from "../../lib/kubernetes/live";
import { renderClaim } from "../../components/storage/claim/claim";
import { checkSnapshot, PreflightError, takeSnapshot, writtenObjects, type Snapshot } from "../../stack/preflight";
import { formatProblem } from "../../lib/problems";
import type { Settings } from "../../components/contracts/settings";
import { parseConfig, type Config } from "./settings/parse";

const OWNER = "tempo.prod";
const LABEL = "pulumi-tempo/stack";
const CLAIM = "PersistentVolumeClaim monitoring/data-tempo-0";

function settings(config: Config = {}): Settings {
  return parseConfig({ kubeContext: "c", ...config });
}

const labels = (owner?: string): { labels?: Record<string, string> } =>
  owner === undefined ? {} : { labels: { [LABEL]: owner } };

/** An object as the API answers it; the client types its metadata as a class of its own. */
function objectOf(metadata: object, rest: object = {}): LiveObject {
  return { metadata, ...rest };
}

const namespace = objectOf({ name: "monitoring" });
const standard = objectOf({ name: "standard" });
const expandable = objectOf({ name: "standard" }, { allowVolumeExpansion: true });

interface ClaimOptions {
  readonly owner?: string | null;
  readonly spec?: object;
  readonly phase?: string;
  readonly deleted?: boolean;
  /** The annotation that keeps what was written when the claim was made. */
  readonly written?: string;
  readonly name?: string;
  readonly space?: string;
}

/** A claim of ours, bound, of 10Gi, unless told otherwise. */
function claimOf({
  owner = OWNER,
  spec = {},
  phase = "Bound",
  deleted = false,
  written,
  name = "data-tempo-0",
  space = "monitoring",
}: ClaimOptions = {}): LiveObject {
  const deletion = deleted && { deletionTimestamp: new Date(0) };
  const annotations = written !== undefined && { annotations: { "pulumi-tempo/volume": written } };
  return objectOf(
    { name, namespace: space, ...labels(owner ?? undefined), ...annotations, ...deletion },
    {
      spec: {
        storageClassName: "standard",
        volumeName: "pvc-1",
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "10Gi" } },
        ...spec,
      },
      status: { phase },
    },
  );
}

function other(kind: string, name: string, owner?: string): Snapshot["others"][number] {
  return {
    ref: { apiVersion: "v1", kind, namespace: "monitoring", name },
    object: objectOf({ name, ...labels(owner) }),
  };
}

/** A cluster on which all is well and nothing of ours is there yet. */
const fresh: Snapshot = {
  namespace,
  claim: undefined,
  storageClass: standard,
  ourClaims: [],
  serviceMonitorDefinition: undefined,
  others: [],
};

function lines(config: Config, live: Partial<Snapshot>, project = "tempo"): string[] {
  return checkSnapshot(settings(config), project, OWNER, { ...fresh, ...live }).problems.map(formatProblem);
}

function notes(config: Config, live: Partial<Snapshot>): readonly string[] {
  return checkSnapshot(settings(config), "tempo", OWNER, { ...fresh, ...live }).notes;
}

describe("checkSnapshot", () => {
  it("has nothing to say about a fresh cluster", () => {
    assert.deepEqual(checkSnapshot(settings(), "tempo", OWNER, fresh), { problems: [], notes: [] });
  });

  it("has nothing to say about what an earlier run made", () => {
    const others = [other("StatefulSet", "tempo", OWNER), other("Service", "tempo", OWNER)];
    assert.deepEqual(checkSnapshot(settings(), "tempo", OWNER, { ...fresh, claim: claimOf(), others }), {
      problems: [],
      notes: [],
    });
  });

  describe("namespace", () => {
    it("must be there, or be created", () => {
      assert.deepEqual(lines({}, { namespace: undefined }), [
        'tempo:namespace = "monitoring": no such namespace on the cluster. Make it (kubectl create namespace monitoring) or set createNamespace to true.',
      ]);
      assert.deepEqual(lines({ createNamespace: true }, { namespace: undefined }), []);
    });

    it("is created once, and only for us", () => {
      const ours = objectOf({ name: "monitoring", ...labels(OWNER) });
      assert.deepEqual(lines({ createNamespace: true }, { namespace: ours }), []);
      for (const owner of [undefined, "tempo.dev"]) {
        const somebodys = objectOf({ name: "monitoring", ...labels(owner) });
        assert.deepEqual(lines({ createNamespace: true }, { namespace: somebodys }), [
          "tempo:createNamespace = true: the namespace monitoring exists and is not this stack's. Write false to use it as it is, or another namespace.",
        ]);
        assert.deepEqual(lines({ createNamespace: false }, { namespace: somebodys }), []);
      }
    });

    it("must not be going, even if it is to be created", () => {
      const going = objectOf({ name: "monitoring", deletionTimestamp: new Date(0) });
      for (const createNamespace of [true, false]) {
        assert.deepEqual(lines({ createNamespace }, { namespace: going }), [
          "Namespace monitoring: being deleted. Wait until it is gone, or write another namespace.",
        ]);
      }
    });
  });

  describe("objects of our names", () => {
    const refused = `exists and is not this stack's (`;
    const adopting = "How to take it over: docs/guides/adopting.md.";

    it("are foreign without the label", () => {
      const others = [other("StatefulSet", "tempo"), other("Service", "tempo"), other("Ingress", "tempo-tailscale")];
      const why = `without the label ${LABEL}: ${OWNER}`;
      assert.deepEqual(lines({}, { others }), [
        `StatefulSet monitoring/tempo: ${refused}${why}). ${adopting}`,
        `Service monitoring/tempo: ${refused}${why}). ${adopting}`,
        `Ingress monitoring/tempo-tailscale: ${refused}${why}). ${adopting}`,
      ]);
      assert.deepEqual(lines({}, { claim: claimOf({ owner: null }) }), [`${CLAIM}: ${refused}${why}). ${adopting}`]);
    });

    // "with the label's value tempo.dev instead of tempo.prod pulumi-tempo/stack".
    it("are foreign with another stack's label", () => {
      const why = `with the label ${LABEL}: tempo.dev instead of ${OWNER}`;
      assert.deepEqual(lines({}, { others: [other("StatefulSet", "tempo", "tempo.dev")] }), [
        `StatefulSet monitoring/tempo: ${refused}${why}). ${adopting}`,
      ]);
      assert.deepEqual(lines({}, { claim: claimOf({ owner: "tempo.dev" }) }), [
        `${CLAIM}: ${refused}${why}). ${adopting}`,
      ]);
    });

    it("are named with what they are and where to read on, whatever the sentence between", () => {
      const others = [other("Service", "tempo"), other("Ingress", "tempo-tailscale", "tempo.dev")];
      const found = lines({}, { others, claim: claimOf({ owner: null }) });
      const heads = ["Service monitoring/tempo", "Ingress monitoring/tempo-tailscale", CLAIM];
      assert.equal(found.length, heads.length);
      found.forEach((line, index) => {
        assert.ok(line.startsWith(`${heads[index] ?? ""}: ${refused}`), line);
        assert.ok(line.includes(LABEL) && line.endsWith(adopting), line);
      });
    });

    it("are told at once, and a foreign claim is not measured", () => {
      const claim = claimOf({ owner: null, spec: { resources: { requests: { storage: "50Gi" } } } });
      const found = lines({}, { namespace: undefined, claim, others: [other("Service", "tempo")] });
      assert.deepEqual(
        found.map((line) => line.slice(0, line.search(/[:=] /))),
        ["tempo:namespace ", "Service monitoring/tempo", CLAIM],
      );
    });
  });

  describe("a new claim's class", () => {
    it("must be there", () => {
      assert.deepEqual(lines({ volume: { storageClass: "fast" } }, { storageClass: undefined }), [
        'tempo:volume.storageClass = "fast": no such StorageClass on the cluster. Write one that is there (kubectl get storageclass).',
      ]);
    });

    it("must be written where there is no default", () => {
      assert.deepEqual(lines({}, { storageClass: undefined }), [
        "tempo:volume.storageClass: missing, and the cluster has no default StorageClass. Write one (kubectl get storageclass).",
      ]);
    });

    it("need not be there for a volume that is named", () => {
      assert.deepEqual(lines({ volume: { volumeName: "pv-1" } }, { storageClass: undefined }), []);
      assert.deepEqual(
        lines({ volume: { volumeName: "pv-1", storageClass: "hand" } }, { storageClass: undefined }),
        [],
      );
    });

    // Its class is only a word that both write.
    it("need not be there for a volume that is selected", () => {
      const volume = { selector: { disk: "traces" }, storageClass: "hand" };
      assert.deepEqual(lines({ volume }, { storageClass: undefined }), []);
    });
  });

  describe("a claim's size", () => {
    const grown = { volume: { size: "20Gi" } };

    it("is compared by value", () => {
      assert.deepEqual(lines({ volume: { size: "10240Mi" } }, { claim: claimOf() }), []);
      assert.deepEqual(lines({}, { claim: claimOf({ phase: "Pending" }), storageClass: undefined }), []);
    });

    it("may grow where the class allows it", () => {
      assert.deepEqual(lines(grown, { claim: claimOf(), storageClass: expandable }), []);
    });

    it("may not grow where the class does not", () => {
      const message =
        'tempo:volume.size = "20Gi": larger than the claim\'s 10Gi, and its class "standard" does not allow expansion. Write 10Gi, or move the traces: docs/runbooks/migrate-volume.md.';
      assert.deepEqual(lines(grown, { claim: claimOf() }), [message]);
      const forbidden = objectOf({ name: "standard" }, { allowVolumeExpansion: false });
      assert.deepEqual(lines(grown, { claim: claimOf(), storageClass: forbidden }), [message]);
      assert.deepEqual(lines(grown, { claim: claimOf(), storageClass: undefined }), [message]);
    });

    it("may not grow before it is bound", () => {
      assert.deepEqual(lines(grown, { claim: claimOf({ phase: "Pending" }), storageClass: expandable }), [
        'tempo:volume.size = "20Gi": larger than the claim\'s 10Gi, which is not bound yet and cannot grow before. Write 10Gi until the pod has started.',
      ]);
    });

    it("never shrinks, not even by a byte", () => {
      for (const size of ["5Gi", "10737418239"]) {
        assert.deepEqual(lines({ volume: { size } }, { claim: claimOf(), storageClass: expandable }), [
          `tempo:volume.size = "${size}": smaller than the claim, which has 10Gi; a claim never shrinks. Write 10Gi or more, or move the traces: docs/runbooks/migrate-volume.md.`,
        ]);
      }
    });
  });

  describe("a claim of another name", () => {
    const line = (found: string, wanted: string): string =>
      `PersistentVolumeClaim ${found}: has the traces of this stack, and ${wanted}, which the settings name, would start without them. Write namespace, name and volume.claimName as they were, or move the traces: docs/runbooks/migrate-volume.md.`;
    const ourClaims = [claimOf()];

    it("has the traces, so that a rename is refused, of whatever part of it", () => {
      const old = "monitoring/data-tempo-0";
      assert.deepEqual(lines({ name: "traces" }, { ourClaims }), [line(old, "monitoring/data-traces-0")]);
      assert.deepEqual(lines({ volume: { claimName: "new" } }, { ourClaims }), [line(old, "monitoring/new")]);
      assert.deepEqual(lines({ namespace: "other" }, { ourClaims }), [line(old, "other/data-tempo-0")]);
    });

    it("is told for each one, beside what else is wrong", () => {
      const both = [claimOf(), claimOf({ name: "older", space: "elsewhere" })];
      assert.deepEqual(
        lines({ name: "t", volume: { storageClass: "x" } }, { ourClaims: both, storageClass: undefined }),
        [
          line("monitoring/data-tempo-0", "monitoring/data-t-0"),
          line("elsewhere/older", "monitoring/data-t-0"),
          'tempo:volume.storageClass = "x": no such StorageClass on the cluster. Write one that is there (kubectl get storageclass).',
        ],
      );
    });

    it("may stay beside the one that is used, as after a migration", () => {
      const claim = claimOf({ name: "new" });
      assert.deepEqual(lines({ volume: { claimName: "new" } }, { claim, ourClaims: [claimOf(), claim] }), []);
      assert.deepEqual(lines({}, { claim: claimOf(), ourClaims: [claimOf(), claim] }), []);
    });

    it("does not matter where it is another stack's, whatever the listing answered", () => {
      const foreign = [claimOf({ owner: "tempo.dev" }), claimOf({ owner: null })];
      assert.deepEqual(lines({ name: "traces" }, { ourClaims: foreign }), []);
    });
  });

  describe("a claim's fixed parts", () => {
    const line = (key: string, wanted: string, had: string): string =>
      `tempo:volume.${key} = ${wanted}: not what the claim was made with, ${had}, and never changeable. Write that, or move the traces: docs/runbooks/migrate-volume.md.`;

    const added = (key: string, wanted: string): string =>
      `tempo:volume.${key} = ${wanted}: left out when the claim was made, and never changeable. Leave it out, or move the traces: docs/runbooks/migrate-volume.md.`;

    it("may be written as they are", () => {
      const volume = {
        storageClass: "standard",
        volumeName: "pvc-1",
        accessModes: ["ReadWriteMany", "ReadWriteOnce"],
        selector: { b: "2", a: "1" },
      };
      const spec = { accessModes: ["ReadWriteOnce", "ReadWriteMany"], selector: { matchLabels: { a: "1", b: "2" } } };
      assert.deepEqual(lines({ volume }, { claim: claimOf({ spec }) }), []);
    });

    it("may be left out where a class or a volume was chosen by the cluster", () => {
      assert.deepEqual(lines({}, { claim: claimOf() }), []);
    });

    it("may not change", () => {
      const claim = claimOf();
      assert.deepEqual(lines({ volume: { storageClass: "fast" } }, { claim }), [
        line("storageClass", '"fast"', '"standard"'),
      ]);
      // A volume made by hand has no class, unless one is written.
      assert.deepEqual(lines({ volume: { storageClass: "standard", volumeName: "pv-2" } }, { claim }), [
        line("volumeName", '"pv-2"', '"pvc-1"'),
      ]);
      assert.deepEqual(lines({ volume: { accessModes: ["ReadWriteMany"] } }, { claim }), [
        line("accessModes", '["ReadWriteMany"]', '["ReadWriteOnce"]'),
      ]);
      assert.deepEqual(lines({ volume: { storageClass: "standard", selector: { a: "1" } } }, { claim }), [
        line("selector", '{"a":"1"}', "{}"),
      ]);
    });

    it("may not go either", () => {
      const claim = claimOf({ spec: { selector: { matchLabels: { a: "1" } } } });
      assert.deepEqual(lines({}, { claim }), [line("selector", "{}", '{"a":"1"}')]);
    });

    it("are told all at once, beside the size", () => {
      const volume = { size: "5Gi", storageClass: "fast", volumeName: "pv-2", accessModes: ["ReadWriteMany"] };
      const found = lines({ volume: { ...volume, selector: { a: "1" } } }, { claim: claimOf() });
      assert.deepEqual(
        found.map((text) => text.slice(0, text.indexOf(" "))),
        ["size", "storageClass", "volumeName", "accessModes", "selector"].map((key) => `tempo:volume.${key}`),
      );
    });

    it("may not be added where the claim has none", () => {
      const claim = claimOf({ spec: { storageClassName: undefined, volumeName: undefined } });
      assert.deepEqual(lines({ volume: { storageClass: "fast", volumeName: "pv-2" } }, { claim }), [
        added("storageClass", '"fast"'),
        added("volumeName", '"pv-2"'),
      ]);
    });

    it("have no class for a volume made by hand, unless one is written", () => {
      const handmade = { storageClassName: "", volumeName: "pv-1" };
      assert.deepEqual(lines({ volume: { volumeName: "pv-1" } }, { claim: claimOf({ spec: handmade }) }), []);
      assert.deepEqual(lines({ volume: { volumeName: "pvc-1" } }, { claim: claimOf() }), [
        line("storageClass", '""', '"standard"'),
      ]);
    });

    describe("where the claim says what was written", () => {
      const written = (parts: object): string =>
        JSON.stringify({ accessModes: ["ReadWriteOnce"], selector: {}, ...parts });
      const judge = (parts: object, volume: object, spec: object = {}): string[] =>
        lines({ volume }, { claim: claimOf({ written: written(parts), spec }) });

      it("may be written as they were, in any order", () => {
        assert.deepEqual(judge({}, {}), []);
        const all = {
          storageClass: "hand",
          volumeName: "pv-1",
          accessModes: ["ReadWriteMany", "ReadWriteOnce"],
          selector: { b: "2", a: "1" },
        };
        const turned = { ...all, accessModes: ["ReadWriteOnce", "ReadWriteMany"], selector: { a: "1", b: "2" } };
        assert.deepEqual(judge(all, turned), []);
      });

      it("are what renderClaim annotates", () => {
        for (const volume of [{}, { storageClass: "fast" }, { volumeName: "pv-1" }, { selector: { a: "1" } }]) {
          const { annotations } = renderClaim(settings({ volume }), OWNER).metadata as {
            annotations: Record<string, string>;
          };
          const claim = claimOf({ written: annotations["pulumi-tempo/volume"] ?? "", spec: { selector: undefined } });
          assert.deepEqual(lines({ volume }, { claim }), [], JSON.stringify(volume));
        }
      });

      it("may not change, even to what the cluster made of them", () => {
        assert.deepEqual(judge({ storageClass: "fast" }, { storageClass: "slow" }), [
          line("storageClass", '"slow"', '"fast"'),
        ]);
        assert.deepEqual(judge({ storageClass: "fast" }, { storageClass: "standard" }), [
          line("storageClass", '"standard"', '"fast"'),
        ]);
        assert.deepEqual(judge({}, { accessModes: ["ReadWriteMany"] }), [
          line("accessModes", '["ReadWriteMany"]', '["ReadWriteOnce"]'),
        ]);
        assert.deepEqual(judge({ selector: { a: "1" }, storageClass: "" }, { selector: { a: "2" } }), [
          line("selector", '{"a":"2"}', '{"a":"1"}'),
        ]);
      });

      // The plan would replace the claim, though it has just that class and volume.
      it("may not be added, though the claim has just that", () => {
        assert.deepEqual(judge({}, { storageClass: "standard", volumeName: "pvc-1" }), [
          added("storageClass", '"standard"'),
          added("volumeName", '"pvc-1"'),
        ]);
      });

      it("may not go either", () => {
        assert.deepEqual(judge({ storageClass: "standard", volumeName: "pvc-1" }, {}), [
          line("storageClass", "none", '"standard"'),
          line("volumeName", "none", '"pvc-1"'),
        ]);
      });

      it("are the claim's own where that cannot be read", () => {
        for (const broken of ["", "{", "storageClass: fast"]) {
          const claim = claimOf({ written: broken });
          assert.deepEqual(lines({}, { claim }), [], broken);
          assert.deepEqual(lines({ volume: { storageClass: "standard" } }, { claim }), [], broken);
          assert.deepEqual(lines({ volume: { storageClass: "fast" } }, { claim }), [
            line("storageClass", '"fast"', '"standard"'),
          ]);
        }
      });
    });
  });

  describe("ServiceMonitors", () => {
    const definition = objectOf({ name: "servicemonitors.monitoring.coreos.com" });

    it("need the operator's definition", () => {
      const config = { scrape: { method: "serviceMonitor" } };
      assert.deepEqual(lines(config, {}), [
        'tempo:scrape.method = "serviceMonitor": the cluster has no servicemonitors.monitoring.coreos.com, which the Prometheus operator brings. Write another method, such as job, or install the operator.',
      ]);
      assert.deepEqual(lines(config, { serviceMonitorDefinition: definition }), []);
    });

    it("are not asked for with another method", () => {
      const prometheus = { remoteWriteUrl: "http://p/api/v1/write" };
      for (const method of ["job", "annotations", "alloy", "none"]) {
        assert.deepEqual(lines({ prometheus, scrape: { method } }, {}), []);
      }
    });
  });

  it("does not touch a claim that is going", () => {
    assert.deepEqual(lines({ volume: { size: "5Gi" } }, { claim: claimOf({ deleted: true }) }), [
      `${CLAIM}: being deleted; it goes when its last pod does. Save its traces first: docs/runbooks/backup.md.`,
    ]);
  });

  describe("notes", () => {
    it("tell of the adoption of a claim that an earlier destroy kept", () => {
      assert.deepEqual(notes({}, { claim: claimOf() }), [
        `${CLAIM} (10Gi) is there already and is used as it is, with its traces`,
      ]);
      const config = { namespace: "a", volume: { claimName: "b" } };
      assert.deepEqual(notes(config, { claim: claimOf() }), [
        "PersistentVolumeClaim a/b (10Gi) is there already and is used as it is, with its traces",
      ]);
    });

    it("tell nothing while Tempo runs on it, nor beside a problem", () => {
      assert.deepEqual(notes({}, { claim: claimOf(), others: [other("StatefulSet", "tempo", OWNER)] }), []);
      assert.deepEqual(notes({}, { claim: claimOf(), namespace: undefined }), []);
      assert.deepEqual(notes({}, {}), []);
    });
  });

  it("prefixes settings with the project, and nothing else", () => {
    const live = { namespace: undefined, others: [other("Service", "tempo")], storageClass: undefined };
    assert.deepEqual(
      lines({}, live, "tracing").map((line) => line.slice(0, line.indexOf(": "))),
      ['tracing:namespace = "monitoring"', "Service monitoring/tempo", "tracing:volume.storageClass"],
    );
  });
});

describe("PreflightError", () => {
  it("names the cluster and lists the problems", () => {
    const error = new PreflightError([{ key: "tempo:a", found: "5", message: "wrong. Write 6" }], "minikube");
    assert.equal(
      error.message,
      'the cluster "minikube" does not fit the configuration; nothing was changed:\n  - tempo:a = 5: wrong. Write 6.',
    );
    assert.equal(error.name, "PreflightError");
  });
});

describe("writtenObjects", () => {
  const names = (config: Config): string[] =>
    writtenObjects(settings(config)).map((ref) => `${ref.apiVersion} ${ref.kind} ${ref.namespace ?? "-"}/${ref.name}`);

  it("are those of the chart", () => {
    assert.deepEqual(names({ name: "t", namespace: "ns" }), [
      "apps/v1 StatefulSet ns/t",
      "v1 Service ns/t",
      "v1 ConfigMap ns/t",
      "v1 ServiceAccount ns/t",
      "v1 ConfigMap ns/t-guard",
      "v1 Service ns/t-guard",
    ]);
    assert.equal(names({ storage: { guard: false } }).length, 4);
  });

  it("are more with what scrapes from within the cluster", () => {
    const scraped = (method: string, config: Config = {}) =>
      names({ prometheus: { remoteWriteUrl: "http://p/api/v1/write" }, scrape: { method }, ...config }).slice(4);
    const guard = ["v1 ConfigMap monitoring/tempo-guard", "v1 Service monitoring/tempo-guard"];
    const monitor = (name: string) => `monitoring.coreos.com/v1 ServiceMonitor monitoring/${name}`;
    const storage = { guard: false };
    for (const method of ["job", "annotations", "none"]) assert.deepEqual(scraped(method), guard);
    assert.deepEqual(scraped("serviceMonitor"), [...guard, monitor("tempo"), monitor("tempo-guard")]);
    assert.deepEqual(scraped("serviceMonitor", { storage }), [monitor("tempo")]);
    const alloy = ["v1 ConfigMap monitoring/tempo-metrics", "apps/v1 Deployment monitoring/tempo-metrics"];
    assert.deepEqual(scraped("alloy"), [...guard, ...alloy]);
    assert.deepEqual(scraped("alloy", { storage }), alloy);
  });

  it("are more with a tailnet and a network policy", () => {
    const config = { tailnet: { domain: "a.ts.net" }, networkPolicy: { query: [], otlp: [] } };
    const without = new Set(names({}));
    const added = names(config).filter((name) => !without.has(name));
    assert.deepEqual(added, [
      "networking.k8s.io/v1 NetworkPolicy monitoring/tempo",
      "networking.k8s.io/v1 Ingress monitoring/tempo-tailscale",
      "networking.k8s.io/v1 Ingress monitoring/tempo-otlp-tailscale",
    ]);
  });
});

describe("takeSnapshot", () => {
  const keyOf = ({ kind, namespace: space, name }: ObjectRef): string => `${kind} ${space ?? "-"}/${name}`;

  /** A cluster of given objects, and what it was asked for. */
  function cluster(
    objects: Record<string, LiveObject>,
    classes: LiveObject[] = [],
    claims: (where: ListOptions) => Promise<LiveObject[]> = () => Promise.resolve([]),
  ) {
    const asked: string[] = [];
    const live: LiveCluster = {
      context: "c",
      server: "s",
      page: () => Promise.resolve(undefined),
      read: (ref) => {
        asked.push(keyOf(ref));
        return Promise.resolve(objects[keyOf(ref)]);
      },
      list: (apiVersion, kind, where = {}) => {
        asked.push(
          [apiVersion, kind, where.namespace ?? "*", ...(where.labelSelector ? [where.labelSelector] : [])].join(" "),
        );
        return kind === "StorageClass" ? Promise.resolve(classes) : claims(where);
      },
    };
    return { live, asked };
  }

  const CLAIMS = `v1 PersistentVolumeClaim * ${LABEL}=${OWNER}`;

  const isDefault = "storageclass.kubernetes.io/is-default-class";
  const byDefault = objectOf({ name: "b", annotations: { [isDefault]: "true" } });

  it("finds nothing on an empty cluster, and asks for all that is written", async () => {
    const { live, asked } = cluster({});
    assert.deepEqual(await takeSnapshot(settings(), OWNER, live), {
      namespace: undefined,
      claim: undefined,
      storageClass: undefined,
      ourClaims: [],
      serviceMonitorDefinition: undefined,
      others: [],
    });
    const wanted = [...writtenObjects(settings()).map(keyOf), "Namespace -/monitoring"];
    assert.deepEqual(asked.sort(), [...wanted, CLAIM, CLAIMS, "storage.k8s.io/v1 StorageClass *"].sort());
  });

  it("finds what is there, each with what it was asked by", async () => {
    const service = objectOf({ name: "tempo" });
    const { live } = cluster({ "Namespace -/monitoring": namespace, "Service monitoring/tempo": service });
    const snapshot = await takeSnapshot(settings(), OWNER, live);
    assert.equal(snapshot.namespace, namespace);
    assert.deepEqual(snapshot.others, [
      { ref: { apiVersion: "v1", kind: "Service", namespace: "monitoring", name: "tempo" }, object: service },
    ]);
  });

  it("asks the guard how full the volume is before retention depends on it, and at no other time", async () => {
    const guardConfig = (adaptiveRetention: boolean): LiveObject =>
      objectOf({ name: "tempo-guard" }, { data: { "guard.conf": `SIZE_AWARE=${Number(adaptiveRetention)}\n` } });
    const pageOf = async (wanted: boolean, had: boolean | undefined, claim: boolean) => {
      const { live } = cluster({
        ...(claim && { [CLAIM]: claimOf() }),
        ...(had !== undefined && { "ConfigMap monitoring/tempo-guard": guardConfig(had) }),
      });
      const asking = { ...live, page: (...query: unknown[]) => Promise.resolve(JSON.stringify(query)) };
      return (await takeSnapshot(settings({ storage: { adaptiveRetention: wanted } }), OWNER, asking)).guardPage;
    };
    const asked = '[{"namespace":"monitoring","name":"tempo-guard"},3201,"/metrics/"]';
    assert.equal(await pageOf(true, false, true), asked);
    assert.equal(await pageOf(true, undefined, true), asked);
    assert.equal(await pageOf(true, true, true), undefined);
    assert.equal(await pageOf(false, false, true), undefined);
    assert.equal(await pageOf(true, false, false), undefined);
  });

  it("looks for the class that is written", async () => {
    const { live, asked } = cluster({ "StorageClass -/fast": standard });
    const { storageClass } = await takeSnapshot(settings({ volume: { storageClass: "fast" } }), OWNER, live);
    assert.equal(storageClass, standard);
    assert.ok(!asked.includes("storage.k8s.io/v1 StorageClass *"));
  });

  it("looks for the cluster's default class where none is written", async () => {
    const { live } = cluster({}, [objectOf({ name: "a" }), byDefault]);
    assert.equal((await takeSnapshot(settings(), OWNER, live)).storageClass, byDefault);
    const none = cluster({}, [objectOf({ name: "a", annotations: { [isDefault]: "false" } })]);
    assert.equal((await takeSnapshot(settings(), OWNER, none.live)).storageClass, undefined);
  });

  it("takes either annotation for a default class, and of several the newest", async () => {
    const made = (name: string, creationTimestamp: string, age = ""): LiveObject =>
      objectOf({
        name,
        creationTimestamp,
        annotations: { [`storageclass.${age}kubernetes.io/is-default-class`]: "true" },
      });
    const [old, beta] = [made("old", "2026-01-01T00:00:00Z"), made("z", "2026-03-01T00:00:00Z", "beta.")];
    const same = made("a", "2026-03-01T00:00:00Z");
    for (const [classes, chosen] of [
      [[beta], beta],
      [[old, beta], beta],
      [[beta, old], beta],
      [[old, beta, same], same],
      [[old, objectOf({ name: "newest", creationTimestamp: "2026-04-01T00:00:00Z" })], old],
    ] as const) {
      const { live } = cluster({}, [...classes]);
      assert.equal((await takeSnapshot(settings(), OWNER, live)).storageClass, chosen);
    }
  });

  it("looks for the class that the claim has, whatever is written", async () => {
    const claim = claimOf();
    const { live } = cluster({ [CLAIM]: claim, "StorageClass -/standard": expandable }, [byDefault]);
    const snapshot = await takeSnapshot(settings({ volume: { storageClass: "fast" } }), OWNER, live);
    assert.equal(snapshot.claim, claim);
    assert.equal(snapshot.storageClass, expandable);
  });

  it("looks for no class where the claim has the empty one", async () => {
    const { live, asked } = cluster({ [CLAIM]: claimOf({ spec: { storageClassName: "" } }) }, [byDefault]);
    assert.equal((await takeSnapshot(settings(), OWNER, live)).storageClass, undefined);
    assert.ok(!asked.some((key) => key.includes("StorageClass")));
  });

  it("looks for no class where a volume made by hand is named", async () => {
    const { live, asked } = cluster({}, [byDefault]);
    const { storageClass } = await takeSnapshot(settings({ volume: { volumeName: "pv-1" } }), OWNER, live);
    assert.equal(storageClass, undefined);
    assert.ok(!asked.some((key) => key.includes("StorageClass")));
  });

  it("lists our claims in every namespace", async () => {
    const elsewhere = claimOf({ space: "elsewhere" });
    const { live, asked } = cluster({}, [], () => Promise.resolve([elsewhere]));
    assert.deepEqual((await takeSnapshot(settings(), OWNER, live)).ourClaims, [elsewhere]);
    assert.deepEqual(
      asked.filter((key) => key.startsWith("v1 PersistentVolumeClaim ")),
      [CLAIMS],
    );
  });

  it("lists our claims in the namespace where the credentials reach no further", async () => {
    const here = claimOf({ name: "old" });
    const { live, asked } = cluster({}, [], ({ namespace: space }) =>
      space === undefined ? Promise.reject(new ClusterSilent("forbidden")) : Promise.resolve([here]),
    );
    assert.deepEqual((await takeSnapshot(settings(), OWNER, live)).ourClaims, [here]);
    assert.deepEqual(
      asked.filter((key) => key.startsWith("v1 PersistentVolumeClaim ")),
      [CLAIMS, `v1 PersistentVolumeClaim monitoring ${LABEL}=${OWNER}`],
    );
  });

  it("is silent where our claims cannot be listed at all", async () => {
    const { live } = cluster({}, [], () => Promise.reject(new ClusterSilent("forbidden")));
    await assert.rejects(takeSnapshot(settings(), OWNER, live), { name: "ClusterSilent", message: "forbidden" });
  });

  // A real API has no answer for them, and the preflight would take the cluster for silent.
  it("asks for ServiceMonitors only where there is such a kind", async () => {
    const config = { scrape: { method: "serviceMonitor" } };
    const key = "CustomResourceDefinition -/servicemonitors.monitoring.coreos.com";
    const definition = objectOf({ name: "servicemonitors.monitoring.coreos.com" });
    for (const [objects, monitors] of [
      [{}, []],
      [{ [key]: definition }, ["ServiceMonitor monitoring/tempo", "ServiceMonitor monitoring/tempo-guard"]],
    ] as const) {
      const { live, asked } = cluster(objects);
      const { serviceMonitorDefinition } = await takeSnapshot(settings(config), OWNER, live);
      assert.equal(serviceMonitorDefinition, (objects as Record<string, LiveObject>)[key]);
      assert.deepEqual(
        asked.filter((name) => name.startsWith("ServiceMonitor ")),
        monitors,
      );
      assert.ok(asked.includes(key));
    }
    const other = cluster({});
    await takeSnapshot(settings(), OWNER, other.live);
    assert.ok(!other.asked.includes(key));
  });

  it("asks for the claim and the names that the settings give", async () => {
    const { live, asked } = cluster({});
    await takeSnapshot(settings({ name: "t", namespace: "ns", volume: { claimName: "traces" } }), OWNER, live);
    assert.ok(asked.includes("PersistentVolumeClaim ns/traces"));
    assert.ok(asked.includes("StatefulSet ns/t"));
    assert.ok(asked.includes("Namespace -/ns"));
  });
});
