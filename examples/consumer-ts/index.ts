import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
// With a git dependency: from "pulumi-tempo/consumer".
import { inCluster, serviceEnvironment, tempoOutputs } from "../../packages/consumer";

/** Hermes, a service with an OpenTelemetry SDK: where its spans go is read from the stack of Tempo. */

const config = new pulumi.Config();
const namespace = config.get("namespace") ?? "hermes";
const version = config.get("version") ?? "";

const tempo = tempoOutputs(new pulumi.StackReference("tempo", { name: config.require("tempoStack") }));

const exporter =
  config.getBoolean("besideTempo") === true
    ? pulumi.all([tempo.otelEnvironment, tempo.otlpHttpEndpoint]).apply(([variables, url]) => inCluster(variables, url))
    : tempo.otelEnvironment;

/** As an environment: for a host without Kubernetes, `pulumi stack output environment --json`. */
export const environment = exporter.apply((variables) =>
  serviceEnvironment(variables, { name: "hermes", namespace, ...(version !== "" && { version }) }),
);

const within = { provider: new Provider("cluster", { context: config.require("kubeContext") }) };
const labels = { "app.kubernetes.io/name": "hermes" };

// Its name is Pulumi's, with a new end whenever its contents change: the pods, which read it at their start, are rolled.
const settings = new ConfigMap("hermes-otel", { metadata: { namespace }, data: environment }, within);

new Deployment(
  "hermes",
  {
    metadata: { name: "hermes", namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "hermes",
              image: config.require("image"),
              envFrom: [{ configMapRef: { name: settings.metadata.name } }],
              // Lead from a span to the logs of its pod.
              env: [
                { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                {
                  name: "OTEL_RESOURCE_ATTRIBUTES",
                  value: environment.apply(
                    ({ OTEL_RESOURCE_ATTRIBUTES: attributes = "" }) =>
                      `${attributes},k8s.pod.name=$(POD_NAME),k8s.container.name=hermes`,
                  ),
                },
              ],
            },
          ],
        },
      },
    },
  },
  within,
);

/** The ConfigMap, for other workloads of the namespace. */
export const configMap = settings.metadata.name;
/** Where its requests are seen; empty where Tempo's stack has no Grafana. */
export const dashboard = tempo.dashboardUrls.apply(({ services = "" }) => services);
