import type { ObjectRef } from "../../lib/kubernetes/live";
import type { Settings } from "../contracts/settings";
import { exposures } from "./ingress";

/** The names that this part writes. */
export function tailnetObjects(settings: Settings): ObjectRef[] {
  const { namespace, tailnet } = settings;
  return (tailnet ? exposures(settings, tailnet) : []).map(({ ingressName: name }) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    namespace,
    name,
  }));
}
