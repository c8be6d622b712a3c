/** A cluster, a Grafana, a Caddy and an engine, with what the stacks expect to be there and do not make. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { serve, type Served } from "../../../tools/lib/loopback";
import { versions } from "../../../components/versions/pins";
import type { ApiServer, Controllers } from "../../support/apiServer";
import { startApiServer } from "../../support/apiServer";
import { SITES, startCaddy, type Caddy } from "../../support/caddy";
import { credentials, startFakeGrafana, type FakeGrafana } from "../../support/fakeGrafana";
import { Lab } from "../../support/lab";
import { ROOT, sectionOf } from "../../stack/program/stacks";
import { Engine, type Config, type EnginePrograms } from "./engine";
import { serveProgram, type LanguageHost } from "./languageHost";
import type { KubernetesObject } from "./references";

/** Both of prod, which are one cluster here, and one that local allows. */
const CONTEXTS = ["kind-tests", "minikube-indri", "k3s-ringtail"];

const CHART = join(__dirname, "../chart");
/** A version after the one that is deployed. */
const NEXT_CHART = "2.2.5";

/** Where local's objects are: prod has its default. */
export const LOCAL_NAMESPACE = "local";

export interface Homelab {
  readonly cluster: ApiServer;
  readonly engine: Engine;
  readonly caddy: Caddy;
  readonly grafana: FakeGrafana;
  /** URL of a repository of charts, with two versions of the one that stands in for the community's. */
  readonly charts: string;
  /** The program, as it is. */
  readonly program: LanguageHost;
  /** The project's folder, for the engine. */
  readonly folder: string;
  /** The settings of a stack as they are committed in a folder, with what is different here. Default: this project's. */
  readonly configOf: (stack: "local" | "prod", source?: string) => Config;
  /** Asks until the answer is right. @throws after 30 s, with the last answer */
  readonly get: <T>(path: string, isRight?: (answer: T) => boolean) => Promise<T>;
  /** Server-side apply, as somebody else. @throws when it is refused */
  readonly apply: (path: string, object: object) => Promise<void>;
  /** All objects of a namespace that refer to each other. */
  readonly objectsOf: (namespace: string) => Promise<KubernetesObject[]>;
  /** The names of what the Grafana provider was told to delete. */
  readonly deletedInGrafana: () => string[];
  stop(): Promise<void>;
}

export async function startHomelab(programs: EnginePrograms, controllers: Controllers["programs"]): Promise<Homelab> {
  const stops: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(stops.map((each) => each()));
  };
  const started = async <T extends { stop(): unknown }>(starting: Promise<T>): Promise<T> => {
    const it = await starting;
    stops.push(() => it.stop());
    return it;
  };
  const lab = new Lab();
  stops.push(() => lab.stop());
  try {
    const [cluster, caddy, grafana, program, charts] = await Promise.all([
      started(startApiServer({ programs: controllers, contexts: CONTEXTS })),
      started(startCaddy({ sites: SITES })),
      started(startFakeGrafana({ dataSources: dataSourcesOf("prod"), contactPoints: [] })),
      started(serveProgram(loadProgram)),
      started(serveCharts(lab.path("charts"))),
    ]);
    mkdirSync(lab.path("engine"));
    const variables = {
      KUBECONFIG: cluster.kubeconfig,
      GRAFANA_AUTH: credentials.token,
      GRAFANA_DELETED: lab.write("grafana-deleted", ""),
    };
    // The program reads them, too, and runs in this process.
    stops.push(setVariables(variables));
    const engine = new Engine(programs, lab.path("engine"), variables);
    stops.push(engine.stop);
    await furnish(cluster);
    return {
      cluster,
      engine,
      caddy,
      grafana,
      charts: charts.url,
      program,
      folder: engine.project("project", ROOT),
      configOf: (stack, source = ROOT) => {
        const { config } = parse(readFileSync(join(source, `Pulumi.${stack}.yaml`), "utf8")) as { config: Config };
        return { ...config, ...differentHere(config, { caddy, grafana, charts }) };
      },
      get: (path, isRight) => waitFor(cluster, path, isRight),
      apply: (path, object) => apply(cluster, path, object),
      objectsOf: (namespace) => objectsOf(cluster, namespace),
      deletedInGrafana: () =>
        readFileSync(variables.GRAFANA_DELETED, "utf8")
          .split("\n")
          .filter((name) => name !== ""),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A repository with the chart as it is and of a version more. @param folder for the copies */
function serveCharts(folder: string): Promise<Served> {
  const archives = new Map(
    [versions.tempoChart, NEXT_CHART].map((version) => {
      const copy = join(folder, version, "tempo");
      cpSync(CHART, copy, { recursive: true });
      const file = join(copy, "Chart.yaml");
      writeFileSync(file, readFileSync(file, "utf8").replace(`version: ${versions.tempoChart}`, `version: ${version}`));
      return [version, execFileSync("tar", ["-cz", "-C", join(folder, version), "tempo"])] as const;
    }),
  );
  const entries = [...archives.keys()].map((version) => ({ name: "tempo", version, urls: [`${version}.tgz`] }));
  const index = stringify({ apiVersion: "v1", entries: { tempo: entries } });
  return serve((request, response) => {
    const [, version = ""] = /^\/(.*)\.tgz$/.exec(request.url ?? "") ?? [];
    response.end(archives.get(version) ?? index);
  });
}

/** @returns what puts them back */
function setVariables(variables: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
}

function loadProgram(): Promise<Record<string, unknown>> {
  // oxlint-disable-next-line typescript/no-require-imports
  const program = require("../../..") as () => Promise<Record<string, unknown>>;
  return program();
}

/** What a machine without a network and an operator has otherwise. */
function differentHere(
  config: Config,
  { caddy, grafana, charts }: { readonly caddy: Caddy; readonly grafana: FakeGrafana; readonly charts: Served },
): Config {
  const section = (key: string): object => config[key] as object;
  if (config["tempo:tailnet"] === undefined) return { "tempo:chart": charts.url, "tempo:namespace": LOCAL_NAMESPACE };
  return {
    "tempo:chart": CHART,
    // Nobody gives the Ingresses an address.
    "tempo:tailnet": { ...section("tempo:tailnet"), addressTimeout: "1s" },
    "tempo:grafana": { ...section("tempo:grafana"), url: grafana.url },
    "tempo:caddy": { hostname: "tempo.ops.localhost", adminUrl: caddy.adminUrl, server: "srv0" },
  };
}

/** The data sources that prod finds in its Grafana. */
function dataSourcesOf(stack: string): object[] {
  const grafana = sectionOf(stack, "grafana") as Record<string, { uid?: string } | undefined>;
  return ["tempo", "loki", "prometheus"].map((type, id) => ({
    id,
    type,
    name: type,
    uid: grafana[type]?.uid ?? type,
    url: `http://${type}`,
    readOnly: type === "prometheus",
    jsonData: {},
  }));
}

/** Namespaces, volumes with their class, and the services that prod's collector instruments. */
async function furnish(cluster: ApiServer): Promise<void> {
  const { services, namespace } = sectionOf("prod", "collector") as {
    services: { namespace: string; deployment: string }[];
    namespace: string;
  };
  const namespaces = new Set([
    "monitoring",
    "second",
    "hermes",
    namespace,
    ...services.map((service) => service.namespace),
  ]);
  await Promise.all(
    [...namespaces].map((name) =>
      apply(cluster, `/api/v1/namespaces/${name}`, { apiVersion: "v1", kind: "Namespace", metadata: { name } }),
    ),
  );
  await apply(cluster, "/apis/storage.k8s.io/v1/storageclasses/standard", {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "kubernetes.io/no-provisioner",
    allowVolumeExpansion: true,
  });
  // Nobody provisions: they are there.
  await Promise.all(
    [1, 2, 3, 4, 5, 6].map((number) =>
      apply(cluster, `/api/v1/persistentvolumes/volume-${number}`, {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: `volume-${number}` },
        spec: {
          capacity: { storage: "100Gi" },
          accessModes: ["ReadWriteOnce"],
          storageClassName: "standard",
          persistentVolumeReclaimPolicy: "Retain",
          hostPath: { path: `/nowhere/${number}` },
        },
      }),
    ),
  );
  await Promise.all(
    services.map(({ namespace: space, deployment: name }) =>
      apply(cluster, `/apis/apps/v1/namespaces/${space}/deployments/${name}`, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace: space },
        spec: {
          selector: { matchLabels: { app: name } },
          template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: name }] } },
        },
      }),
    ),
  );
}

/** The kinds of {@link KubernetesObject}, each with where its lists are. */
const LISTS: Readonly<Record<string, string>> = {
  Pod: "/api/v1",
  Service: "/api/v1",
  ConfigMap: "/api/v1",
  Secret: "/api/v1",
  PersistentVolumeClaim: "/api/v1",
  ServiceAccount: "/api/v1",
  Ingress: "/apis/networking.k8s.io/v1",
  NetworkPolicy: "/apis/networking.k8s.io/v1",
};

async function objectsOf(cluster: ApiServer, namespace: string): Promise<KubernetesObject[]> {
  const lists = Object.entries(LISTS).map(async ([kind, api]) => {
    const plural = kind.toLowerCase().replace(/(?:y|ss)?$/, (end) => ({ y: "ies", ss: "sses" })[end] ?? "s");
    const { body } = await cluster.request("GET", `${api}/namespaces/${namespace}/${plural}`);
    return (body as { items: KubernetesObject[] }).items.map((item) => ({ ...item, kind }));
  });
  return (await Promise.all(lists)).flat();
}

async function apply(cluster: ApiServer, path: string, object: object): Promise<void> {
  const { status, body } = await cluster.request("PATCH", `${path}?fieldManager=others&force=true`, object);
  if (status > 299) throw new Error(`${path} was answered with ${status}: ${JSON.stringify(body)}`);
}

async function waitFor<T>(cluster: ApiServer, path: string, isRight: (answer: T) => boolean = () => true): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const { status, body } = await cluster.request("GET", path);
    if (status === 200 && isRight(body as T)) return body as T;
    if (Date.now() > end) throw new Error(`${path} is still ${status} ${JSON.stringify(body)}`);
    await sleep(100);
  }
}
