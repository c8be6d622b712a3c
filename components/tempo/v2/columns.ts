/**
 * Attributes with a column of their own in the blocks, ten for each scope at most. All others lie together as pairs of
 * key and value, which takes more room, more time to write, and more to search.
 *
 * What Beyla and the SDKs write on nearly every span. Tempo's own list has names that its encoding has columns for
 * anyway (k8s.pod.name and its like, http.method), numbers, for which this encoding has none, and url.route, which
 * nobody writes. What is not in the list is stored and found all the same; blocks keep the columns that they were
 * written with.
 *
 * Refused: the encoding vParquet5, which has columns for numbers, too. Tempo's changelog has faults of it that were
 * mended after 2.10.1: a panic in a search by tag for such a number, and an event's attributes on other spans.
 */
const RESOURCE = [
  "service.namespace",
  "service.instance.id",
  "service.version",
  "host.name",
  "k8s.node.name",
  "k8s.deployment.name",
  "k8s.owner.name",
  "telemetry.sdk.language",
  "telemetry.sdk.name",
  "telemetry.distro.name",
];

const SPAN = [
  "http.request.method",
  "http.route",
  "url.path",
  "url.full",
  "url.scheme",
  "server.address",
  "client.address",
  "service.peer.name",
  "db.system.name",
  "db.operation.name",
];

export const DEDICATED_COLUMNS = [
  ...RESOURCE.map((name) => ({ scope: "resource", name, type: "string" })),
  ...SPAN.map((name) => ({ scope: "span", name, type: "string" })),
];
