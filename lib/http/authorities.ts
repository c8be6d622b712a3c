import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { Agent } from "node:https";
import { delimiter, join } from "node:path";
import * as tls from "node:tls";

/**
 * Certificate authorities. Node takes a list of its own and what `NODE_EXTRA_CA_CERTS` names; kubectl, the CLI and the
 * providers' plugins take the system's, or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name. Reading the system's takes a
 * tenth of a second, so that it is done only for a server that Node does not trust.
 */

/** Where systems have them, as Go looks for them: the first file that is there, and every file of the folders. */
const FILES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
const FOLDERS = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/** What trusts the system's authorities alone. */
interface Trust {
  readonly secureContext: tls.SecureContext;
  /** Of its own: an agent resumes a session without another look at who vouches for the server. */
  readonly agent: Agent;
}

let trusting: { readonly key: string; readonly trust: Trust } | undefined;

/** @param client the certificate and key of a client that has one */
export function systemTrust({ cert, key }: Pick<tls.SecureContextOptions, "cert" | "key"> = {}): Trust {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: folders } = process.env;
  const from = JSON.stringify([file, folders, cert, key]);
  if (trusting?.key !== from) {
    const secureContext = tls.createSecureContext({ ca: ofSystem(), cert, key });
    trusting = { key: from, trust: { secureContext, agent: new Agent({ secureContext }) } };
  }
  return trusting.trust;
}

/** The certificates of Node's authorities and the system's, as PEM. */
export function everyAuthority(): string[] {
  return [
    ...tls.rootCertificates,
    ...certificatesIn(read(process.env["NODE_EXTRA_CA_CERTS"] ?? "") ?? ""),
    ...ofSystem(),
  ];
}

function ofSystem(): string[] {
  const { SSL_CERT_FILE: file = "", SSL_CERT_DIR: folders = "" } = process.env;
  const first = (file === "" ? FILES : [file]).map(read).find((text) => text !== undefined);
  const others = (folders === "" ? FOLDERS : folders.split(delimiter)).flatMap(readAll);
  return certificatesIn([first, ...others, ...ofPlatform()].join("\n"));
}

/** macOS and Windows have no such files. Node asks them since 22.15. */
function ofPlatform(): string[] {
  const { getCACertificates } = tls as { getCACertificates?: (kind: "system") => string[] };
  return process.platform === "linux" ? [] : (getCACertificates?.("system") ?? []);
}

/** The certificates that a text has, one PEM each. What is none, or is broken, is left out. */
export function certificatesIn(text: string): string[] {
  const all = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return [...new Set(all)].filter((pem) => {
    try {
      return new X509Certificate(pem).raw.length > 0;
    } catch {
      return false;
    }
  });
}

function readAll(folder: string): (string | undefined)[] {
  try {
    return readdirSync(folder).map((name) => read(join(folder, name)));
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return path === "" ? undefined : readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Whether a request failed since the server's authority is unknown. */
export function isUnknownAuthority(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/.test(code);
}
