import { caddySettings } from "../components/caddy/settings";
import { collectorSettings } from "../components/collector/settings";
import { clusterSettings } from "../components/contracts/settings";
import { grafanaSettings } from "../components/grafana/settings";
import { ingressSettings } from "../components/ingress/settings";
import { monitoringSettings } from "../components/monitoring/settings";
import { sdkSettings } from "../components/sdk/settings";
import { storageSettings } from "../components/storage/settings";
import { tailnetSettings } from "../components/tailnet/settings";
import { tempoSettings } from "../components/tempo/settings";

/**
 * Every setting by its key in the configuration, from the parts that declare them. Pulumi.yaml declares the same keys
 * and defaults for the CLI to show; tests/stack/settings/defaults.test.ts holds the two together. `{}` or `""` in
 * Pulumi.yaml means absent, since the CLI aborts on a declared key without a value.
 *
 * A section (an object) that a stack gives replaces the whole default of Pulumi.yaml, as the CLI does it; what it
 * leaves out takes the default of its part's settings.ts.
 */
export const schema = {
  ...clusterSettings,
  ...tempoSettings,
  ...storageSettings,
  ...monitoringSettings,
  ...tailnetSettings,
  ...ingressSettings,
  ...grafanaSettings,
  ...collectorSettings,
  ...sdkSettings,
  ...caddySettings,
} as const;

export type Key = keyof typeof schema;
