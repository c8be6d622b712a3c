import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterSilent, ContextRefused, expandHome, openCluster, type LiveCluster } from "../../../lib/kubernetes/live";
import type { Settings } from "../../../components/contracts/settings";
import { parseConfig, type Config } from "../../stack/settings/parse";

const folder = mkdtempSync(join(tmpdir(), "pulumi-tempo-live-"));
const servers: Server[] = [];
const environment = { HOME: process.env["HOME"], KUBECONFIG: process.env["KUBECONFIG"] };

after(() => {
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Writes a file and gives its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A kubeconfig with the contexts `a` and `b` (whose cluster it has not), `a` being current. */
function kubeconfigOf(server: string, changes: object = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [
      { name: "a", context: { cluster: "c", user: "u" } },
      { name: "b", context: { cluster: "gone", user: "u" } },
    ],
    "current-context": "a",
    ...changes,
  });
}

function settings(config: Config): Settings {
  return parseConfig({ ...(config["allowedKubeContexts"] === undefined && { kubeContext: "a" }), ...config });
}

/** A server on loopback. */
async function listen(answer: (path: string, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    answer(request.url ?? "", response);
  });
  servers.push(server);
  await new Promise<void>((listening) => {
    server.listen(0, "127.0.0.1", listening);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function open(server: string): LiveCluster {
  return openCluster(settings({ kubeconfig: file("kubeconfig", kubeconfigOf(server)) }));
}

describe("openCluster", () => {
  // Loading the client is slow on a cold machine.
  const path = (name: string, changes: object = {}): string => file(name, kubeconfigOf("https://127.0.0.1:1", changes));

  it("opens the context that is named, or the current one if it is allowed", () => {
    const kubeconfig = path("plain");
    for (const choice of [{ kubeContext: "a" }, { allowedKubeContexts: ["a*"] }]) {
      const { context, server } = openCluster(settings({ kubeconfig, ...choice }));
      assert.deepEqual({ context, server }, { context: "a", server: "https://127.0.0.1:1" });
    }
  });

  it("opens the context that is named, even if another is current", () => {
    const kubeconfig = path("other", { "current-context": "b" });
    assert.equal(openCluster(settings({ kubeconfig })).context, "a");
  });

  it("refuses a context that is not in the file, or not allowed", () => {
    const kubeconfig = path("refused");
    assert.throws(() => openCluster(settings({ kubeconfig, kubeContext: "x" })), {
      name: "ContextRefused",
      message: 'kubeContext "x" is not in the kubeconfig. It has: a, b',
    });
    assert.throws(
      () => openCluster(settings({ kubeconfig, allowedKubeContexts: ["kind-*"] })),
      (error: unknown) => {
        assert.ok(error instanceof ContextRefused);
        assert.match(error.message, /^the current context "a" is none that this stack names \(kind-\*\)\. /);
        return true;
      },
    );
  });

  it("refuses where no context is current", () => {
    const kubeconfig = path("nothing-current", { "current-context": "" });
    assert.throws(() => openCluster(settings({ kubeconfig, allowedKubeContexts: ["a"] })), {
      name: "ContextRefused",
      message: "the kubeconfig has no current context. It has: a, b; choose one with: kubectl config use-context NAME",
    });
  });

  it("refuses an empty file, in which no context is", () => {
    assert.throws(() => openCluster(settings({ kubeconfig: file("empty", "") })), {
      name: "ContextRefused",
      message: 'kubeContext "a" is not in the kubeconfig. It has none',
    });
  });

  it("refuses a context whose cluster is not in the file", () => {
    assert.throws(() => openCluster(settings({ kubeconfig: path("dangling"), kubeContext: "b" })), {
      name: "ContextRefused",
      message: 'context "b" names a cluster that the kubeconfig does not have',
    });
  });

  it("finds the file that $KUBECONFIG names, and ~/.kube/config in a setting", () => {
    process.env["KUBECONFIG"] = path("environment");
    assert.equal(openCluster(settings({})).context, "a");
    assert.equal(expandHome("~/.kube/config"), join(homedir(), ".kube/config"));
    for (const unchanged of ["/a/~/b", "~", "~other/a", "a"]) assert.equal(expandHome(unchanged), unchanged);
  });

  describe("is silent", () => {
    const silent = (config: Config, message: RegExp): void => {
      assert.throws(
        () => openCluster(settings(config)),
        (error: unknown) => {
          assert.ok(error instanceof ClusterSilent, String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    };

    it("without the file", () => {
      const gone = join(folder, "gone");
      silent({ kubeconfig: gone }, /^the kubeconfig cannot be used: ENOENT: .*gone'$/);
      // Of these any may be missing.
      process.env["KUBECONFIG"] = gone;
      silent({}, /^there is no kubeconfig, /);
    });

    it("with a folder, with a file that is no YAML", () => {
      silent({ kubeconfig: folder }, /^the kubeconfig cannot be used: EISDIR: /);
      silent({ kubeconfig: file("broken", "a: [\n") }, /^the kubeconfig cannot be used: [^\n]+$/);
    });

    it("with a cluster that has no server", () => {
      silent({ kubeconfig: file("no-server", kubeconfigOf("")) }, /^the kubeconfig cannot be used: .*server/);
    });

    it("without any kubeconfig", () => {
      process.env["HOME"] = folder;
      delete process.env["KUBECONFIG"];
      const message = /^there is no kubeconfig, neither at \$KUBECONFIG nor at ~\/\.kube\/config$/;
      silent({}, message);
      silent({ allowedKubeContexts: ["kind-*"] }, message);
    });
  });
});

describe("a live cluster", () => {
  const namespaces = { name: "namespaces", kind: "Namespace", namespaced: false };
  const claims = { name: "persistentvolumeclaims", kind: "PersistentVolumeClaim", namespaced: true };
  const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data-tempo-0" } };
  const classes = [{ metadata: { name: "standard" } }, { metadata: { name: "fast" } }];

  function json(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  function status(code: number, reason: string, message: string): object {
    return { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message };
  }

  /** Answers as an API server does, for a claim, a forbidden namespace and two classes. */
  function answer(path: string, response: ServerResponse): void {
    const served: Record<string, object> = {
      "/api/v1": { kind: "APIResourceList", groupVersion: "v1", resources: [namespaces, claims] },
      "/apis/storage.k8s.io/v1": {
        kind: "APIResourceList",
        groupVersion: "storage.k8s.io/v1",
        resources: [{ name: "storageclasses", kind: "StorageClass", namespaced: false }],
      },
      "/apis/storage.k8s.io/v1/storageclasses": { kind: "StorageClassList", items: classes },
      "/api/v1/namespaces/monitoring/persistentvolumeclaims/data-tempo-0": claim,
    };
    const body = served[path];
    if (body) json(response, 200, body);
    else if (path === "/api/v1/namespaces/secret") {
      json(response, 403, status(403, "Forbidden", 'namespaces "secret" is forbidden: User "u" cannot get resource'));
    } else json(response, 404, status(404, "NotFound", "the server could not find the requested resource"));
  }

  const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: "monitoring", name: "data-tempo-0" };
  const secretRef = { apiVersion: "v1", kind: "Namespace", name: "secret" };

  async function rejected(promise: Promise<unknown>): Promise<string> {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ClusterSilent, String(error));
    return error.message;
  }

  it("reads objects in a namespace and without one", async () => {
    const cluster = open(await listen(answer));
    const found = await cluster.read(claimRef);
    assert.equal(found?.metadata?.name, "data-tempo-0");
  });

  it("gets a page behind a Service, or nothing", async () => {
    const asked: string[] = [];
    const live = open(
      await listen((path, response) => {
        asked.push(path);
        response.statusCode = path.includes("tempo-guard") ? 200 : 503;
        response.end("tempo_volume_used_bytes 5\n");
      }),
    );
    const service = { namespace: "monitoring", name: "tempo-guard" };
    assert.equal(await live.page(service, 3201, "/metrics/"), "tempo_volume_used_bytes 5\n");
    assert.equal(await live.page({ ...service, name: "none" }, 3201, "/metrics/"), undefined);
    assert.equal(await open("http://127.0.0.1:1").page(service, 3201, "/"), undefined);
    assert.equal(asked[0], "/api/v1/namespaces/monitoring/services/tempo-guard:3201/proxy/metrics/");
  });

  it("knows that an object is not there", async () => {
    const cluster = open(await listen(answer));
    assert.equal(await cluster.read({ ...claimRef, name: "other" }), undefined);
    assert.equal(await cluster.read({ apiVersion: "v1", kind: "Namespace", name: "monitoring" }), undefined);
  });

  it("lists", async () => {
    const cluster = open(await listen(answer));
    const found = await cluster.list("storage.k8s.io/v1", "StorageClass");
    assert.deepEqual(
      found.map(({ metadata }) => metadata?.name),
      ["standard", "fast"],
    );
  });

  it("lists in one namespace or in all, by label", async () => {
    const asked: string[] = [];
    const cluster = open(
      await listen((path, response) => {
        if (!path.includes("?")) {
          answer(path, response);
          return;
        }
        asked.push(decodeURIComponent(path));
        json(response, 200, { kind: "PersistentVolumeClaimList", items: [claim] });
      }),
    );
    const labelSelector = "a=b";
    for (const where of [{ labelSelector }, { namespace: "monitoring", labelSelector }]) {
      assert.equal((await cluster.list("v1", "PersistentVolumeClaim", where)).length, 1);
    }
    assert.deepEqual(asked, [
      "/api/v1/persistentvolumeclaims?labelSelector=a=b",
      "/api/v1/namespaces/monitoring/persistentvolumeclaims?labelSelector=a=b",
    ]);
  });

  it("passes the API's own sentence on where it is not allowed to ask", async () => {
    const cluster = open(await listen(answer));
    assert.equal(
      await rejected(cluster.read(secretRef)),
      'Namespace secret cannot be read: namespaces "secret" is forbidden: User "u" cannot get resource',
    );
  });

  it("is silent when it may not list", async () => {
    const forbidding = await listen((path, response) => {
      if (path.endsWith("/storageclasses")) json(response, 403, status(403, "Forbidden", "no"));
      else answer(path, response);
    });
    const cluster = open(forbidding);
    assert.equal(
      await rejected(cluster.list("storage.k8s.io/v1", "StorageClass")),
      "StorageClass objects cannot be listed: no",
    );
  });

  it("is silent in one line when something else answers", async () => {
    const proxy = await listen((_, response) => {
      response.writeHead(502, { "content-type": "text/html" }).end("<html>\n<h1>Bad Gateway</h1>\n</html>");
    });
    const message = await rejected(open(proxy).read(claimRef));
    assert.match(message, /^PersistentVolumeClaim data-tempo-0 cannot be read: [^\n]+$/);
  });

  it("is silent at once when nobody listens", async () => {
    // The port was free a moment ago: it is the one of a server that has gone.
    const gone = createServer();
    await new Promise<void>((listening) => gone.listen(0, "127.0.0.1", listening));
    const { port } = gone.address() as AddressInfo;
    await new Promise((closed) => gone.close(closed));

    const cluster = open(`http://127.0.0.1:${port}`);
    assert.match(
      await rejected(cluster.read(claimRef)),
      /^PersistentVolumeClaim data-tempo-0 cannot be read: .*ECONNREFUSED/,
    );
    assert.match(
      await rejected(cluster.list("v1", "Namespace")),
      /^Namespace objects cannot be listed: .*ECONNREFUSED/,
    );
  });

  it("is silent after 8 s when there is no answer", async function () {
    this.slow(20_000);
    const mute = await listen(() => undefined);
    const cluster = open(mute);
    const started = Date.now();
    assert.equal(
      await rejected(cluster.read(claimRef)),
      "PersistentVolumeClaim data-tempo-0 cannot be read: no answer within 8 s",
    );
    assert.ok(Date.now() - started >= 7_900);
  });
});
