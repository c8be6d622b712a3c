import type { ObjectRef } from "../../lib/kubernetes/live";
import { hasSecretFiles, remoteWriteSecretName } from "../common/remoteWrite";
import type { Settings } from "../contracts/settings";

/** The names that this part writes, apart from the namespace. */
export function tempoObjects({ name, namespace, networkPolicy, prometheus }: Settings): ObjectRef[] {
  return [
    { apiVersion: "apps/v1", kind: "StatefulSet", namespace, name },
    { apiVersion: "v1", kind: "Service", namespace, name },
    { apiVersion: "v1", kind: "ConfigMap", namespace, name },
    { apiVersion: "v1", kind: "ServiceAccount", namespace, name },
    ...(networkPolicy ? [{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", namespace, name }] : []),
    ...(prometheus && hasSecretFiles(prometheus)
      ? [{ apiVersion: "v1", kind: "Secret", namespace, name: remoteWriteSecretName(name) }]
      : []),
  ];
}
