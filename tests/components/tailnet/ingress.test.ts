import assert from "node:assert/strict";
import { posix } from "node:path";
import { fullName, tailnetUrl } from "../../../components/contracts/endpoints";
import { exposures, renderIngress } from "../../../components/tailnet/ingress";
import { CLOSED_REQUESTS, READER_REQUESTS } from "../tempo/requests";
import { tailnetSettingsOf, type Changes } from "../../stack/program/stacks";

/** The Ingresses of a section of settings, by their part. */
function ingressesOf(section: Changes = {}) {
  const { settings, tailnet } = tailnetSettingsOf(section);
  const rendered = exposures(settings, tailnet).map(
    (exposure) => [exposure.part, renderIngress(settings, tailnet, exposure, "tempo.test")] as const,
  );
  return Object.fromEntries(rendered);
}

/** What an Ingress passes on. */
function pathsOf(part: string): string[] {
  const { spec } = ingressesOf({ otlpGrpcHostname: "spans-grpc" })[part] ?? {};
  const { rules } = spec as { rules: { http: { paths: { path: string }[] } }[] };
  return rules.flatMap(({ http }) => http.paths.map(({ path }) => path));
}

const labels = {
  "app.kubernetes.io/name": "tempo",
  "app.kubernetes.io/managed-by": "pulumi",
  "pulumi-tempo/stack": "tempo.test",
};

const READERS = [
  "/api/echo",
  "/api/metrics",
  "/api/search",
  "/api/status/buildinfo",
  "/api/traces",
  "/api/v2/search",
  "/api/v2/traces",
  "/ready",
  "/tempopb.StreamingQuerier",
];
const OTLP_GRPC = "/opentelemetry.proto.collector.trace.v1.TraceService";

/** An Ingress as it has to be, but for its annotations. */
const expected = (name: string, host: string, port: number, paths: readonly string[], annotations: object): object => ({
  metadata: { name, namespace: "monitoring", labels, annotations },
  spec: {
    ingressClassName: "tailscale",
    tls: [{ hosts: [host] }],
    rules: [
      {
        http: {
          paths: paths.map((path) => ({
            path,
            pathType: "Prefix",
            backend: { service: { name: "tempo", port: { number: port } } },
          })),
        },
      },
    ],
  },
});

/**
 * Which mount the operator's proxy passes a request to: an exact one, or of the cleaned path and its parents the first
 * that is mounted, with a slash or without. As in Tailscale's ipn/ipnlocal/serve.go (getServeHandler), by which a proxy
 * with the operator's configuration works; the operator makes each path of a rule a mount, whatever its type.
 */
function mountOf(mounts: readonly string[], target: string): string | undefined {
  const path = decodeURIComponent(target);
  if (mounts.includes(path)) return path;
  for (let at = posix.normalize(path).replace(/(?<=.)\/$/, ""); ; at = posix.dirname(at)) {
    const found = [`${at}/`, at].find((mount) => mounts.includes(mount));
    if (found !== undefined || at === "/") return found;
  }
}

describe("the tailnet's Ingresses", () => {
  it("are Services of a ProxyGroup", () => {
    const annotations = {
      "tailscale.com/proxy-group": "ingress",
      "tailscale.com/tags": "tag:k8s",
      "tailscale.com/funnel": "false",
      "pulumi.com/skipAwait": "true",
      "pulumi.com/patchFieldManager": "pulumi-tempo",
      "pulumi.com/patchForce": "true",
    };
    assert.deepEqual(ingressesOf(), {
      query: expected("tempo-tailscale", "tempo", 3200, READERS, annotations),
      otlp: expected("tempo-otlp-tailscale", "tempo-otlp", 4318, ["/v1/traces"], annotations),
    });
  });

  it("are devices of their own without one", () => {
    const annotations = {
      "tailscale.com/tags": "tag:k8s,tag:traces",
      "tailscale.com/funnel": "false",
      "pulumi.com/skipAwait": "true",
      "pulumi.com/patchFieldManager": "pulumi-tempo",
      "pulumi.com/patchForce": "true",
    };
    const section = { proxyGroup: "", tags: ["tag:k8s", "tag:traces"], queryHostname: "traces", otlpHostname: "spans" };
    assert.deepEqual(ingressesOf(section), {
      query: expected("tempo-tailscale", "traces", 3200, READERS, annotations),
      otlp: expected("tempo-otlp-tailscale", "spans", 4318, ["/v1/traces"], annotations),
    });
  });

  it("have one more for OTLP over gRPC, where it has a name", () => {
    const { "otlp-grpc": grpc, ...others } = ingressesOf({ otlpGrpcHostname: "spans-grpc" });
    assert.deepEqual(others, ingressesOf());
    assert.deepEqual(
      grpc,
      expected("tempo-otlp-grpc-tailscale", "spans-grpc", 4317, [OTLP_GRPC], {
        "tailscale.com/proxy-group": "ingress",
        "tailscale.com/tags": "tag:k8s",
        "tailscale.com/funnel": "false",
        "pulumi.com/skipAwait": "true",
        "pulumi.com/patchFieldManager": "pulumi-tempo",
        "pulumi.com/patchForce": "true",
      }),
    );
  });

  it("never open the public internet, nor name a host that the operator would refuse", () => {
    for (const section of [{}, { proxyGroup: "", otlpGrpcHostname: "spans-grpc" }]) {
      for (const { metadata, spec } of Object.values(ingressesOf(section))) {
        const { annotations } = metadata as { annotations: Record<string, unknown> };
        assert.equal(annotations["tailscale.com/funnel"], "false");
        const { rules, tls } = spec as { rules: object[]; tls: { hosts: string[]; secretName?: string }[] };
        assert.deepEqual(rules.map(Object.keys), [["http"]]);
        assert.deepEqual(tls.map(Object.keys), [["hosts"]]);
        for (const host of tls.flatMap(({ hosts }) => hosts)) assert.doesNotMatch(host, /\./);
      }
    }
  });

  it("pass on what readers and senders ask for", () => {
    const open: [part: string, ...targets: string[]][] = [
      ["query", ...READER_REQUESTS],
      ["otlp", "/v1/traces"],
      ["otlp-grpc", `${OTLP_GRPC}/Export`],
    ];
    for (const [part, ...targets] of open) {
      const paths = pathsOf(part);
      for (const target of targets) assert.ok(mountOf(paths, target) !== undefined, `${part} ${target}`);
    }
  });

  it("pass on nothing else of those ports, however it is written", () => {
    for (const part of ["query", "otlp", "otlp-grpc"]) {
      const paths = pathsOf(part);
      for (const target of CLOSED_REQUESTS) assert.equal(mountOf(paths, target), undefined, `${part} ${target}`);
    }
    for (const target of ["/v1/metrics", "/v1/logs", "/v1", "/v1/tracesx"]) {
      assert.equal(mountOf(pathsOf("otlp"), target), undefined, target);
    }
    for (const target of [`${OTLP_GRPC}2/Export`, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"]) {
      assert.equal(mountOf(pathsOf("otlp-grpc"), target), undefined, target);
    }
  });

  it("have names of a tailnet that the outputs name as well", () => {
    assert.equal(fullName("tempo", { domain: "tail8d86e.ts.net" }), "tempo.tail8d86e.ts.net");
    assert.equal(tailnetUrl("tempo", { domain: "tail8d86e.ts.net" }), "https://tempo.tail8d86e.ts.net");
  });
});
