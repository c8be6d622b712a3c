"""Tempo by a program in Python, from this project's package: docs/guides/consumers.md."""

import pulumi
import pulumi_tempo as tempo

config = pulumi.Config()
domain = config.get("domain")

traces = tempo.TempoStack(
    "traces",
    kube_context=config.require("kubeContext"),
    chart=config.get("chart"),
    create_namespace=True,
    retention="72h",
    volume={"size": "20Gi"},
    tailnet={"domain": domain} if domain else None,
)

pulumi.export("queryUrl", traces.query_url)
pulumi.export("otelEnvironment", traces.otel_environment)
