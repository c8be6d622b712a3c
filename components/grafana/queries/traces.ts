import { SERVICE } from "../../contracts/attributes";

/** Texts in TraceQL. */

/** Every trace in which a service takes part. `service` is put between quotes as it is: Grafana's variables stay. */
export function tracesOfService(service: string): string {
  return `{ resource.${SERVICE.attribute} = "${service}" }`;
}

/** Traces that have one operation of a service. */
export function tracesOfOperation(service: string, operation: string): string {
  return `{ resource.${SERVICE.attribute} = "${service}" && name = "${operation}" }`;
}

/** Traces with a failed span of a service. */
export function failedTracesOfService(service: string): string {
  return `{ resource.${SERVICE.attribute} = "${service}" && status = error }`;
}

/**
 * Traces in which services take part whose names match a pattern. It stands in a raw string: `my\.service`, as Grafana
 * writes a service that was chosen, is an invalid escape between quotes.
 */
export function tracesOfServices(pattern: string): string {
  return `{ resource.${SERVICE.attribute} =~ \`${pattern}\` }`;
}

/** Traces in which one service calls another. */
export function tracesOfEdge(client: string, server: string): string {
  return `${tracesOfService(client)} >> ${tracesOfService(server)}`;
}
