import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { LiveCluster, LiveObject, ObjectRef } from "../../../lib/kubernetes/live";
import { Tailnet } from "../../../components/tailnet";
import { tailnetSettingsOf, type Changes } from "../../stack/program/stacks";

/** What the component asked and found. */
interface Run {
  readonly names: Readonly<Record<string, unknown>>;
  /** Every provider function that was called, with its inputs and the name of its provider. */
  readonly calls: readonly string[];
  /** Every Ingress whose status was read. */
  readonly reads: readonly string[];
  readonly warnings: readonly string[];
}

interface Scene {
  readonly section?: Changes;
  readonly preview?: boolean;
  /** Whether the Ingresses are there already, so that a preview knows their ids. Default: yes. */
  readonly existing?: boolean;
  /** The host name in an Ingress's status; throws where the cluster is silent. */
  readonly hostname?: (name: string) => string | undefined;
  readonly live?: boolean;
}

const promised: Record<string, string> = {
  "tempo-tailscale": "tempo.tail8d86e.ts.net",
  "tempo-otlp-tailscale": "tempo-otlp.tail8d86e.ts.net",
  "tempo-otlp-grpc-tailscale": "tempo-grpc.tail8d86e.ts.net",
};

async function run({
  section,
  preview = false,
  existing = true,
  hostname = (name) => promised[name],
  live = true,
}: Scene): Promise<Run> {
  const { settings, tailnet } = tailnetSettingsOf({ addressTimeout: "10ms", ...section });
  const calls: string[] = [];
  const reads: string[] = [];
  const cluster: LiveCluster = {
    context: "test",
    server: "https://test",
    page: () => Promise.resolve(undefined),
    read: ({ apiVersion, kind, namespace, name }: ObjectRef) =>
      new Promise<LiveObject>((found) => {
        reads.push(`${apiVersion} ${kind} ${namespace}/${name}`);
        const given = hostname(name);
        found({ status: { loadBalancer: { ingress: given === undefined ? [] : [{ hostname: given }] } } });
      }),
    list: () => Promise.resolve([]),
  };
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({
        id: existing ? `${name}-id` : undefined,
        state: inputs as Record<string, unknown>,
      }),
      call: ({ token, inputs, provider }) => {
        calls.push(`${token} ${JSON.stringify(inputs)} by ${provider?.split("::").at(-2)}`);
        return {};
      },
    },
    "tempo",
    "test",
    preview,
  );
  const warnings: string[] = [];
  // Without an engine the SDK logs here.
  const warn: unknown = Reflect.get(console, "warn");
  Reflect.set(console, "warn", (message: unknown) => warnings.push(String(message)));
  let names: Run["names"] = {};
  try {
    await pulumi.runtime.runInPulumiStack(() => {
      const component = new Tailnet("tailnet", {
        settings,
        tailnet,
        owner: "tempo.test",
        cluster: { context: "c" },
        ...(live && { live: cluster }),
      });
      pulumi.output(component.names).apply((known) => {
        names = known;
      });
      return Promise.resolve({});
    });
    await pulumi.runtime.disconnect();
  } finally {
    Reflect.set(console, "warn", warn);
  }
  return { names, calls, reads: reads.toSorted(), warnings };
}

const credentials = { apiKey: "hunter2-canary" };
const bothRead = [
  "networking.k8s.io/v1 Ingress monitoring/tempo-otlp-tailscale",
  "networking.k8s.io/v1 Ingress monitoring/tempo-tailscale",
];
const bothNames = { query: "tempo.tail8d86e.ts.net", otlp: "tempo-otlp.tail8d86e.ts.net" };

describe("Tailnet", () => {
  it("reads the names from the Ingresses and asks nobody else without credentials", async () => {
    assert.deepEqual(await run({}), { names: bothNames, calls: [], reads: bothRead, warnings: [] });
  });

  it("looks the names up as Services of the ProxyGroup, through its own provider", async () => {
    const { names, calls } = await run({ section: credentials });
    assert.deepEqual(names, bothNames);
    assert.deepEqual(calls.toSorted(), [
      'tailscale:index/getService:getService {"name":"svc:tempo"} by tailnet-provider',
      'tailscale:index/getService:getService {"name":"svc:tempo-otlp"} by tailnet-provider',
    ]);
  });

  it("reads and looks up the name for gRPC as the others, where there is one", async () => {
    const { names, calls, reads } = await run({ section: { ...credentials, otlpGrpcHostname: "tempo-grpc" } });
    assert.deepEqual(names, { ...bothNames, "otlp-grpc": "tempo-grpc.tail8d86e.ts.net" });
    assert.deepEqual(reads, ["networking.k8s.io/v1 Ingress monitoring/tempo-otlp-grpc-tailscale", ...bothRead]);
    assert.ok(
      calls.includes('tailscale:index/getService:getService {"name":"svc:tempo-grpc"} by tailnet-provider'),
      calls.join("\n"),
    );
  });

  it("looks the names up as devices without one", async () => {
    const section = { proxyGroup: "", oauthClientId: "id", oauthClientSecret: "secret" };
    const { calls } = await run({ section });
    assert.deepEqual(calls.toSorted(), [
      'tailscale:index/getDevice:getDevice {"name":"tempo-otlp.tail8d86e.ts.net"} by tailnet-provider',
      'tailscale:index/getDevice:getDevice {"name":"tempo.tail8d86e.ts.net"} by tailnet-provider',
    ]);
  });

  it("looks in a preview of Ingresses that are there", async () => {
    const { reads, calls } = await run({ section: credentials, preview: true });
    assert.deepEqual([reads, calls.length], [bothRead, 2]);
  });

  it("looks nothing up in the first preview, whose Ingresses are not there yet", async () => {
    const { reads, calls, warnings } = await run({ section: credentials, preview: true, existing: false });
    assert.deepEqual([reads, calls, warnings], [[], [], []]);
  });

  it("looks nothing up without a cluster", async () => {
    const { names, reads, calls } = await run({ section: credentials, live: false });
    assert.deepEqual([names, reads, calls], [{ query: undefined, otlp: undefined }, [], []]);
  });

  it("warns about a silent cluster and goes on", async () => {
    const { names, warnings } = await run({
      hostname: () => {
        throw new Error("connection refused");
      },
    });
    assert.deepEqual(names, { query: undefined, otlp: undefined });
    assert.equal(warnings.length, 2);
    assert.match(warnings.join("\n"), /tempo-tailscale has no name on the tailnet after 10ms \(connection refused\)/);
  });
});
