import type { Provider } from "@pulumiverse/grafana";
import * as pulumi from "@pulumi/pulumi";
import { withoutVariables } from "../../lib/environment";
import { resourceNames } from "./api/resources";
import type { GrafanaSettings } from "../contracts/settings";
import { sentJsonData, type DataSourcePlan } from "./dataSources";
import type { GrafanaContents } from "./plan";

/** Data sources, dashboards and alert rules in Grafana. What they are is in `contents`, which the preflight has seen. */
export interface GrafanaArgs {
  readonly grafana: GrafanaSettings;
  readonly contents: GrafanaContents;
  /** Token or user:password; absent only in an offline plan. */
  readonly auth?: string;
  /** Value of the owner label. */
  readonly owner: string;
}

export class Grafana extends pulumi.ComponentResource {
  constructor(name: string, { grafana, contents, auth, owner }: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tempo:grafana:Grafana", name, {}, opts);
    // Loaded only here: a stack without Grafana does not need the package, nor its plugin.
    /* oxlint-disable typescript/no-require-imports */
    const oss = require("@pulumiverse/grafana/oss") as typeof import("@pulumiverse/grafana/oss");
    const alerting = require("@pulumiverse/grafana/alerting") as typeof import("@pulumiverse/grafana/alerting");
    /* oxlint-enable typescript/no-require-imports */
    const provider = makeProvider(`${name}-provider`, grafana, auth, { parent: this });
    const options = {
      parent: this,
      provider,
      // What `pulumi import` has taken into the state stands outside of this component.
      aliases: [{ parent: pulumi.rootStackResource }],
    } satisfies pulumi.CustomResourceOptions;

    const dataSources = contents.dataSources.flatMap((source): pulumi.Resource[] => {
      const resource = resourceNames.dataSource(source.key);
      const settings = {
        uid: source.uid,
        jsonDataEncoded: JSON.stringify(sentJsonData(source, owner)),
        ...(Object.keys(source.httpHeaders).length > 0 && { httpHeaders: pulumi.secret(source.httpHeaders) }),
      };
      switch (source.ownership) {
        case "create":
          return [new oss.DataSource(resource, { ...settings, ...identity(source) }, options)];
        case "settings-only":
          // Its deletion would write `{}` over the settings of a data source that is somebody's.
          return [new oss.DataSourceConfig(resource, settings, { ...options, retainOnDelete: true })];
        case "provisioned":
          return [];
      }
    });

    const { folder } = contents;
    if (folder) {
      const home = new oss.Folder(
        resourceNames.folder,
        // With it would go what people have put there.
        { ...folder, preventDestroyIfNotEmpty: true },
        options,
      );
      // The uid as it is written, not as an output of the folder: a plan knows it.
      const inFolder = { ...options, dependsOn: [home, ...dataSources] };
      for (const { uid, json } of contents.dashboards) {
        // No message: where only that changed, the provider would send the panels without their ids.
        new oss.Dashboard(
          resourceNames.dashboard(uid),
          { folder: folder.uid, configJson: JSON.stringify(json) },
          inFolder,
        );
      }
      for (const { name: group, interval, rules } of contents.alerts) {
        new alerting.RuleGroup(
          resourceNames.ruleGroup(group),
          { name: group, folderUid: folder.uid, intervalSeconds: interval, rules: rules.map(mutable) },
          inFolder,
        );
      }
    }
    this.registerOutputs({});
  }
}

function identity({ name, type, url }: DataSourcePlan): {
  name: string;
  type: string;
  url: string;
  accessMode: string;
} {
  // Ownership create has a URL: settings/rules.
  return { name, type, url: url ?? "", accessMode: "proxy" };
}

/** The provider's inputs are declared as mutable. */
function mutable<T extends GrafanaContents["alerts"][number]["rules"][number]>(rule: T) {
  return { ...rule, labels: { ...rule.labels }, annotations: { ...rule.annotations }, datas: [...rule.datas] };
}

/**
 * The provider, of its inputs alone. Its SDK would take a token from $GRAFANA_AUTH and write it into the state in plain
 * text; handed over, it is a secret. $GRAFANA_INSECURE_SKIP_VERIFY would switch off the verification of certificates.
 */
function makeProvider(
  name: string,
  { url, orgId, headers }: GrafanaSettings,
  auth: string | undefined,
  opts: pulumi.ResourceOptions,
): Provider {
  // oxlint-disable-next-line typescript/no-require-imports
  const sdk = require("@pulumiverse/grafana/provider") as typeof import("@pulumiverse/grafana/provider");
  return withoutVariables(
    /^GRAFANA_/,
    () =>
      new sdk.Provider(
        name,
        {
          url,
          insecureSkipVerify: false,
          ...(auth !== undefined && { auth: pulumi.secret(auth) }),
          ...(orgId !== undefined && { orgId }),
          ...(Object.keys(headers).length > 0 && { httpHeaders: pulumi.secret(headers) }),
        },
        opts,
      ),
  );
}
