import type { types } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RemoteWriteAccess } from "../contracts/settings";

/**
 * By what a receiver of remote writes knows the sender. Credentials are files: Prometheus' client, which Tempo and Alloy
 * have, reads them at each request, so that no configuration holds them and a Secret that changes needs no restart.
 * Environment variables were refused: Tempo would put them into its YAML as text, where a quote or a `#` in a password
 * is syntax.
 */

/** Where the pod sees them. */
const FOLDER = "/etc/tempo-remote-write";
const VOLUME = "remote-write";
const CREDENTIAL = "credential";

const headerFile = (name: string): string => `header-${name.toLowerCase()}`;
const pathOf = (file: string): string => `${FOLDER}/${file}`;

/** Name of the Secret, from that of Tempo or of the collector. */
export function remoteWriteSecretName(name: string): string {
  return `${name}-remote-write`;
}

/** What of it a Secret of this stack holds; the values are secrets. */
function secretFiles({ auth, headers }: RemoteWriteAccess): Record<string, string> {
  return {
    ...(auth?.credential !== undefined && { [CREDENTIAL]: auth.credential }),
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [headerFile(name), value])),
  };
}

export interface RemoteWriteSecret {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly stringData: Record<string, string>;
}

/** The inputs of the resource: what it holds is a secret of Pulumi's. */
export function keptSecret({ metadata, stringData }: RemoteWriteSecret) {
  return { metadata, stringData: pulumi.secret(stringData) };
}

/** That Secret, for the sender of a name; none where there is nothing to keep. */
export function renderRemoteWriteSecret(
  access: RemoteWriteAccess,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  labels: Record<string, string>,
): RemoteWriteSecret | undefined {
  if (!hasSecretFiles(access)) return undefined;
  return { metadata: { name: remoteWriteSecretName(name), namespace, labels }, stringData: secretFiles(access) };
}

export function hasSecretFiles(access: RemoteWriteAccess): boolean {
  return Object.keys(secretFiles(access)).length > 0;
}

/** The volume of a pod that sends; none where there is nothing to hide. */
export function remoteWriteVolumes(access: RemoteWriteAccess, name: string): types.input.core.v1.Volume[] {
  const { secretName, secretKey = "" } = access.auth ?? {};
  const sources = [
    ...(hasSecretFiles(access) ? [{ secret: { name: remoteWriteSecretName(name) } }] : []),
    ...(secretName === undefined
      ? []
      : [{ secret: { name: secretName, items: [{ key: secretKey, path: CREDENTIAL }] } }]),
  ];
  return sources.length === 0 ? [] : [{ name: VOLUME, projected: { sources } }];
}

export function remoteWriteMounts(access: RemoteWriteAccess): types.input.core.v1.VolumeMount[] {
  const has = hasSecretFiles(access) || access.auth?.secretName !== undefined;
  return has ? [{ name: VOLUME, mountPath: FOLDER, readOnly: true }] : [];
}

/** Files for the configurations. */
export interface RemoteWriteFiles {
  readonly username?: string;
  /** Absent: no credential. */
  readonly credential?: string;
  /** By the headers' names. */
  readonly headers: Readonly<Record<string, string>>;
}

export function remoteWriteFiles({ auth, headers }: RemoteWriteAccess): RemoteWriteFiles {
  return {
    ...(auth && { credential: pathOf(CREDENTIAL) }),
    ...(auth?.username !== undefined && { username: auth.username }),
    headers: Object.fromEntries(
      Object.keys(headers)
        .sort()
        .map((name) => [name, pathOf(headerFile(name))]),
    ),
  };
}

/** The header that names a tenant. */
export const TENANT_HEADER = "X-Scope-OrgID";

/** As Prometheus' `remote_write` has it. */
export function remoteWriteClient(access: RemoteWriteAccess): Record<string, unknown> {
  const { username, credential, headers } = remoteWriteFiles(access);
  const files = Object.entries(headers).map(([name, file]) => [name, { files: [file] }] as const);
  return {
    ...(access.tenant !== undefined && { headers: { [TENANT_HEADER]: access.tenant } }),
    ...(credential !== undefined &&
      (username === undefined
        ? { authorization: { credentials_file: credential } }
        : { basic_auth: { username, password_file: credential } })),
    ...(files.length > 0 && { http_headers: Object.fromEntries(files) }),
  };
}
