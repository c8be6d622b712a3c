import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import * as kubernetes from "@pulumi/kubernetes/core/v1";
import { Release, type ReleaseArgs } from "@pulumi/kubernetes/helm/v3/release";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { expandHome } from "../../lib/kubernetes/live";
import type { ClusterArgs } from "../../lib/kubernetes/provider";
import { hasEngine } from "../../lib/engine";
import type { Settings } from "../contracts/settings";
import { labelsOf } from "../contracts/labels";
import { makeNamespace } from "../common/namespace";
import { keptSecret, renderRemoteWriteSecret } from "../common/remoteWrite";
import { traceStorageOf } from "../storage";
import { claimName } from "../storage/claim/claim";
import { renderNetworkPolicy } from "./networkPolicy";
import { renderTempoYaml } from "./tempoYaml";
import { renderValues } from "./values";

/** Tempo on one node: where the traces are kept, the Helm release that writes them there, and who may reach it. */
export interface TempoArgs {
  readonly settings: Settings;
  /** Value of the owner label on every object. */
  readonly owner: string;
  /** For the two providers that adopt what a `destroy` left. */
  readonly cluster: ClusterArgs;
}

/** How long Helm waits for the pod, in seconds: an image pull on a slow line and a replay of the WAL. */
const RELEASE_TIMEOUT_SECONDS = 600;

export class Tempo extends pulumi.ComponentResource {
  /** Waited for by everything that refers to Tempo's Service. */
  readonly release: Release;

  constructor(name: string, args: TempoArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tempo:tempo:Tempo", name, {}, opts);
    const { settings, owner, cluster } = args;

    const namespace = settings.createNamespace
      ? makeNamespace(name, { namespace: settings.namespace, owner, cluster, protect: settings.volume.protect }, this)
      : undefined;

    const behind = { parent: this, ...(namespace && { dependsOn: namespace }) };
    const stored = traceStorageOf(settings).register(name, args, behind);

    const credentials =
      settings.prometheus && renderRemoteWriteSecret(settings.prometheus, settings, labelsOf(settings, owner));
    const secret = credentials && new kubernetes.Secret(`${name}-remote-write`, keptSecret(credentials), behind);

    this.release = new Release(
      `${name}-release`,
      {
        name: settings.name,
        namespace: settings.namespace,
        ...chartArgs(settings),
        values: renderValues(settings, renderTempoYaml(settings, owner), owner),
        timeout: RELEASE_TIMEOUT_SECONDS,
        maxHistory: 5,
        ...postRenderer(),
      },
      // Its name is fixed, so that a second one beside the first would be refused by Helm.
      { parent: this, dependsOn: [...stored, ...(secret ? [secret] : [])], deleteBeforeReplace: true },
    );

    if (settings.networkPolicy) {
      const policy = renderNetworkPolicy(settings, settings.networkPolicy, owner);
      new NetworkPolicy(`${name}-network-policy`, policy, behind);
    }

    this.registerOutputs({ claimName: claimName(settings) });
  }
}

function chartArgs({
  chart,
  chartVersion,
}: Settings): Pick<ReleaseArgs, "version" | "repositoryOpts"> & { chart: string } {
  switch (chart.kind) {
    case "repository":
      return { chart: "tempo", version: chartVersion, repositoryOpts: { repo: chart.url } };
    case "oci":
      return { chart: chart.reference, version: chartVersion };
    case "path":
      // A directory or an archive is one version; Helm would look for another beside it.
      return { chart: expandHome(chart.path) };
  }
}

/**
 * The command is relative to the project's folder, where the engine starts its plugins, so that the state does not
 * depend on whose machine it was. Windows cannot start a script by its first line; there the legacy ports stay, and
 * nothing listens on them.
 */
function postRenderer(): { postrender?: string } {
  if (process.platform === "win32") return {};
  const script = join(__dirname, "postrender.mjs");
  // A checkout of Windows that WSL runs: no program has the name `node\r`, which such a first line asks for.
  const text = hasEngine() ? readFileSync(script, "utf8") : "";
  if (text.includes("\r\n")) writeFileSync(script, text.replaceAll("\r\n", "\n"));
  return { postrender: `./${relative(process.cwd(), script)}` };
}
