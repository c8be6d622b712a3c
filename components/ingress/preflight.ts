import type { LiveObject, ObjectRef } from "../../lib/kubernetes/live";
import type { Finding } from "../../lib/kubernetes/objects";
import type { Settings } from "../contracts/settings";
import { exposedName, exposedParts, GATEWAY_API, HTTP_ROUTE_CRD } from "./routes";

/** The names that this part writes. */
export function exposedObjects(settings: Settings): ObjectRef[] {
  const { namespace, ingress, httpRoute } = settings;
  const kinds = [
    { section: ingress, apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
    { section: httpRoute, apiVersion: GATEWAY_API, kind: "HTTPRoute" },
  ];
  return kinds.flatMap(({ section, apiVersion, kind }) =>
    (section ? exposedParts(section) : []).map((part) => ({
      apiVersion,
      kind,
      namespace,
      name: exposedName(settings, part),
    })),
  );
}

export function checkHttpRoutes({ httpRoute }: Settings, definition: LiveObject | undefined): Finding[] {
  if (!httpRoute || definition) return [];
  const message =
    `the cluster has no ${HTTP_ROUTE_CRD.name}, which the Gateway API brings. Write the section ingress instead, ` +
    "or install the Gateway API";
  return [{ key: "httpRoute", isSetting: true, message }];
}
