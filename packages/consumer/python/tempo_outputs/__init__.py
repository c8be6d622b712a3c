"""What a program needs that reads Tempo's outputs: docs/guides/consumers.md.

The same as consumer/*.ts for programs in TypeScript; tests/examples/python.test.ts holds the two together.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NoReturn, Optional, TypedDict, get_type_hints
from urllib.parse import quote

import pulumi


class TempoOutputs(TypedDict):
    """The outputs of the stack. Every one is known in a preview, none is a secret."""

    queryUrl: str
    """Base URL of the query API: through the tailnet where there is one, otherwise in the cluster."""
    otlpUrl: str
    """Base URL for OTLP over HTTP, without `/v1/traces`: through the tailnet where there is one."""
    namespace: str
    queryEndpoint: str
    """Query API inside the cluster."""
    otlpGrpcEndpoint: str
    """OTLP over gRPC inside the cluster."""
    otlpHttpEndpoint: str
    """OTLP over HTTP inside the cluster, without `/v1/traces`."""
    claimName: str
    """Name of the PersistentVolumeClaim that holds the traces."""
    retention: str
    """How long a trace is kept, as it is configured, such as `168h`."""
    otlpGrpcUrl: str
    """Base URL for OTLP over gRPC through the tailnet; empty where it has no name for it."""
    otelEnvironment: Dict[str, str]
    """Environment of a service with an OpenTelemetry SDK."""
    dashboardUrls: Dict[str, str]
    """URLs of the dashboards in Grafana by their keys; empty where there are none."""
    grafanaProvisioning: Dict[str, str]
    """For each data source that is provisioned from files, what its file must say: YAML."""
    prometheusScrapeConfig: str
    """The scrape jobs for Prometheus' configuration: YAML. Empty unless `scrape.method` is `job`."""
    caddyRoute: Dict[str, str]
    """The route of Caddy for its own files: `json`, `caddyfile` and `fragment`. Empty without one."""


class Tempo:
    """Tempo's stack as a consumer refers to it.

    Each output is looked at when it is used: one that an older stack lacks is no error before that.
    """

    def __init__(self, stack: pulumi.StackReference) -> None:
        self._stack = stack

    @property
    def query_url(self) -> pulumi.Output[str]:
        return self._read("queryUrl")

    @property
    def otlp_url(self) -> pulumi.Output[str]:
        return self._read("otlpUrl")

    @property
    def namespace(self) -> pulumi.Output[str]:
        return self._read("namespace")

    @property
    def query_endpoint(self) -> pulumi.Output[str]:
        return self._read("queryEndpoint")

    @property
    def otlp_grpc_endpoint(self) -> pulumi.Output[str]:
        return self._read("otlpGrpcEndpoint")

    @property
    def otlp_http_endpoint(self) -> pulumi.Output[str]:
        return self._read("otlpHttpEndpoint")

    @property
    def claim_name(self) -> pulumi.Output[str]:
        return self._read("claimName")

    @property
    def retention(self) -> pulumi.Output[str]:
        return self._read("retention")

    @property
    def otlp_grpc_url(self) -> pulumi.Output[str]:
        return self._read("otlpGrpcUrl")

    @property
    def otel_environment(self) -> pulumi.Output[Dict[str, str]]:
        return self._read("otelEnvironment")

    @property
    def dashboard_urls(self) -> pulumi.Output[Dict[str, str]]:
        return self._read("dashboardUrls")

    @property
    def grafana_provisioning(self) -> pulumi.Output[Dict[str, str]]:
        return self._read("grafanaProvisioning")

    @property
    def prometheus_scrape_config(self) -> pulumi.Output[str]:
        return self._read("prometheusScrapeConfig")

    @property
    def caddy_route(self) -> pulumi.Output[Dict[str, str]]:
        return self._read("caddyRoute")

    def _read(self, name: str) -> pulumi.Output[Any]:
        stack = self._stack

        def check(value: Any) -> Any:
            if _is_kind(name, value):
                return value
            # The two others only where something is wrong: `outputs` is a secret as soon as one among them is.
            return pulumi.Output.all(stack.name, stack.outputs).apply(
                lambda found: _fail(describe_missing(name, found[0], value, list(found[1] or {})))
            )

        return stack.get_output(name).apply(check)


_KINDS = get_type_hints(TempoOutputs)


def _is_kind(name: str, value: Any) -> bool:
    if _KINDS[name] is str:
        return isinstance(value, str)
    return isinstance(value, Mapping) and all(isinstance(text, str) for text in value.values())


def _fail(message: str) -> NoReturn:
    # Pulumi shows a RunError without a stack trace.
    raise pulumi.RunError(message)


def describe_missing(name: str, stack: str, value: Any, all_names: List[str]) -> str:
    """Why an output cannot be read, and what to do."""
    head = f"output {name} of stack {stack}"
    if value is not None:
        kind = "a text" if _KINDS[name] is str else "a map of texts"
        return (
            f"{head} is not {kind}, which it is in this version of the helper. "
            "Take the helper's version that belongs to that stack, or deploy the stack anew."
        )
    if not all_names:
        return (
            f"{head} is not there: the stack has no outputs at all, it was not deployed yet, or was destroyed. "
            f"Deploy it first, in the folder of its program: pulumi up --stack {stack}"
        )
    known = [output for output in _KINDS if output in all_names]
    if not known:
        return (
            f"{head} is not there, nor is any other of Tempo's. Is this the stack of Tempo? "
            f"It has: {', '.join(all_names)}."
        )
    return (
        f"{head} is not there: the stack was deployed by an older version of its program. "
        f"Deploy it anew, in the folder of its program: pulumi up --stack {stack}. It has: {', '.join(known)}."
    )


def service_environment(
    exporter: Mapping[str, str],
    name: str,
    namespace: Optional[str] = None,
    cluster: Optional[str] = None,
    version: Optional[str] = None,
) -> Dict[str, str]:
    """The variables of a service's SDK.

    exporter: where to and how: the output `otelEnvironment`, or `in_cluster`.
    name: `service.name` of its spans, its name in Grafana, in metrics and in alerts.
    namespace: Kubernetes namespace, and `service.namespace` of its spans; None outside Kubernetes.
    cluster: `k8s.cluster.name` of its spans.
    version: `service.version` of its spans.
    """
    resource = {
        "service.namespace": namespace,
        "k8s.namespace.name": namespace,
        "k8s.cluster.name": cluster,
        "service.version": version,
    }
    # A comma or an equals sign would begin another attribute.
    attributes = [f"{key}={quote(value, safe=_UNRESERVED)}" for key, value in resource.items() if value is not None]
    return {
        **exporter,
        "OTEL_SERVICE_NAME": name,
        **({"OTEL_RESOURCE_ATTRIBUTES": ",".join(attributes)} if attributes else {}),
        # Tempo takes neither, and Node's and Python's distributions would send them all the same.
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_PROPAGATORS": "tracecontext,baggage",
        # The attributes that the dashboards know; Python's default is the older ones.
        "OTEL_SEMCONV_STABILITY_OPT_IN": "http",
    }


# What encodeURIComponent leaves as it is, besides letters and digits.
_UNRESERVED = "-_.!~*'()"


def in_cluster(otel_environment: Mapping[str, str], otlp_http_endpoint: str) -> Dict[str, str]:
    """The exporter's variables for a service in Tempo's own cluster, which need not go through the tailnet.

    otel_environment, otlp_http_endpoint: the outputs otelEnvironment and otlpHttpEndpoint.
    """
    return {**otel_environment, "OTEL_EXPORTER_OTLP_ENDPOINT": otlp_http_endpoint}
