import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import * as kubernetes from "@pulumi/kubernetes/core/v1";
import { Release, type ReleaseArgs } from "@pulumi/kubernetes/helm/v3/release";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { expandHome } from "../../lib/kubernetes/live";
import { adoptingProvider, type ClusterArgs } from "../../lib/kubernetes/provider";
import { hasEngine } from "../../lib/engine";
import type { Settings } from "../contracts/settings";
import { labelsOf } from "../contracts/labels";
import { makeNamespace } from "../common/namespace";
import { keptSecret, renderRemoteWriteSecret } from "../common/remoteWrite";
import { guardConfigName, guardFiles } from "../storage/guard";
import { claimName, renderClaim } from "../storage/claim";
import { renderNetworkPolicy } from "./networkPolicy";
import { renderTempoYaml } from "./tempoYaml";
import { renderValues } from "./values";

/**
 * Tempo on one node: the claim that holds the traces, the Helm release that runs on it, and who may reach it.
 *
 * The claim is an object of its own because it must outlive everything else: a `destroy`, an uninstalled chart, a
 * change of the chart's templates.
 */
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

    const claim = new kubernetes.PersistentVolumeClaim(`${name}-claim`, renderClaim(settings, owner), {
      parent: this,
      // Its own provider, because only here an existing object is wanted: the claim that an earlier `destroy` kept.
      // Everything else that exists already is somebody's, and creating it shall fail.
      provider: adoptingProvider(`${name}-claim-provider`, cluster, { parent: this }),
      retainOnDelete: true,
      protect: settings.volume.protect,
      ...(namespace && { dependsOn: namespace }),
    });

    const guard = settings.storage.guard
      ? new kubernetes.ConfigMap(
          `${name}-guard`,
          {
            metadata: {
              name: guardConfigName(settings),
              namespace: settings.namespace,
              labels: labelsOf(settings, owner),
            },
            data: guardFiles(settings),
          },
          { parent: this, ...(namespace && { dependsOn: namespace }) },
        )
      : undefined;

    const credentials =
      settings.prometheus && renderRemoteWriteSecret(settings.prometheus, settings, labelsOf(settings, owner));
    const secret =
      credentials &&
      new kubernetes.Secret(`${name}-remote-write`, keptSecret(credentials), {
        parent: this,
        ...(namespace && { dependsOn: namespace }),
      });
    const before = [claim, guard, secret].filter((each) => each !== undefined);

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
      { parent: this, dependsOn: before, deleteBeforeReplace: true },
    );

    if (settings.networkPolicy) {
      new NetworkPolicy(`${name}-network-policy`, renderNetworkPolicy(settings, settings.networkPolicy, owner), {
        parent: this,
        ...(namespace && { dependsOn: namespace }),
      });
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
