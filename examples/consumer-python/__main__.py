"""Hermes, a service with an OpenTelemetry SDK: where its spans go is read from the stack of Tempo."""

import pulumi
import pulumi_kubernetes as kubernetes
from tempo_outputs import Tempo, in_cluster, service_environment

config = pulumi.Config()
namespace = config.get("namespace") or "hermes"
version = config.get("version") or None

tempo = Tempo(pulumi.StackReference("tempo", stack_name=config.require("tempoStack")))

exporter = (
    pulumi.Output.all(tempo.otel_environment, tempo.otlp_http_endpoint).apply(lambda found: in_cluster(*found))
    if config.get_bool("besideTempo")
    else tempo.otel_environment
)

# As an environment: for a host without Kubernetes, `pulumi stack output environment --json`.
environment = exporter.apply(
    lambda variables: service_environment(variables, "hermes", namespace=namespace, version=version)
)

within = pulumi.ResourceOptions(
    provider=kubernetes.Provider("cluster", context=config.require("kubeContext")),
)
labels = {"app.kubernetes.io/name": "hermes"}

# Its name is Pulumi's, with a new end whenever its contents change: the pods, which read it at their start, are rolled.
settings = kubernetes.core.v1.ConfigMap(
    "hermes-otel",
    metadata={"namespace": namespace},
    data=environment,
    opts=within,
)

kubernetes.apps.v1.Deployment(
    "hermes",
    metadata={"name": "hermes", "namespace": namespace, "labels": labels},
    spec={
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [
                    {
                        "name": "hermes",
                        "image": config.require("image"),
                        "env_from": [{"config_map_ref": {"name": settings.metadata.name}}],
                        # Lead from a span to the logs of its pod.
                        "env": [
                            {"name": "POD_NAME", "value_from": {"field_ref": {"field_path": "metadata.name"}}},
                            {
                                "name": "OTEL_RESOURCE_ATTRIBUTES",
                                "value": environment.apply(
                                    lambda variables: variables["OTEL_RESOURCE_ATTRIBUTES"]
                                    + ",k8s.pod.name=$(POD_NAME),k8s.container.name=hermes"
                                ),
                            },
                        ],
                    }
                ],
            },
        },
    },
    opts=within,
)

pulumi.export("environment", environment)
# The ConfigMap, for other workloads of the namespace.
pulumi.export("configMap", settings.metadata.name)
# Where its requests are seen; empty where Tempo's stack has no Grafana.
pulumi.export("dashboard", tempo.dashboard_urls.apply(lambda urls: urls.get("services", "")))
