/**
 * Container image references, by the grammar of the OCI distribution project
 * (github.com/distribution/reference: `[domain/]path[:tag][@algorithm:hex]`).
 */
export interface ImageReference {
  /** As it was written. */
  readonly text: string;
  /** Host and port of the registry; `docker.io` where none is written. */
  readonly registry: string;
  /** Path within the registry, for example `grafana/tempo`. */
  readonly repository: string;
  readonly tag?: string;
  /** For example `sha256:…` with 64 hexadecimal digits. */
  readonly digest?: string;
}

export type ImageProblem = "malformed" | "floating";

const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGESTS: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };

/**
 * Reads an image reference that is pinned.
 * @returns the parts, or which rule the text breaks: `malformed`, or `floating` when it has neither a digest nor a tag
 *   that names a version (`latest`, `main`, a bare major or a major and minor such as `2.10`).
 */
export function parseImage(text: string): ImageReference | ImageProblem {
  const [named = "", digest, ...more] = text.split("@");
  if (more.length > 0 || (digest !== undefined && !isDigest(digest))) return "malformed";

  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) return "malformed";

  const parts = (hasTag ? named.slice(0, colon) : named).split("/");
  const first = parts[0] ?? "";
  const hasRegistry = parts.length > 1 && (/[.:]/.test(first) || first === "localhost");
  if (hasRegistry && !isRegistry(first)) return "malformed";
  const path = hasRegistry ? parts.slice(1) : parts;
  if (!path.every((part) => PATH_COMPONENT.test(part))) return "malformed";
  if (digest === undefined && (tag === undefined || isFloating(tag))) return "floating";

  const registry = hasRegistry ? first : "docker.io";
  const library = registry === "docker.io" && path.length === 1;
  return {
    text,
    registry,
    repository: library ? `library/${path[0]}` : path.join("/"),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

/**
 * A tag that is reviewed today and moved tomorrow. What stays names a version of three numbers (`2.10.1`,
 * `v2.10.1-rc.0`), a commit (`main-0a1b2c3`) or a day (`20260131`).
 */
function isFloating(tag: string): boolean {
  return !/(?:^|[^\d.])\d+\.\d+\.\d+(?!\d)|(?:^|[_-])[0-9a-f]{7,40}$/.test(tag);
}

function isDigest(digest: string): boolean {
  const [algorithm = "", hex = ""] = digest.split(":");
  return /^[0-9a-f]+$/.test(hex) && DIGESTS[algorithm] === hex.length && digest === `${algorithm}:${hex}`;
}

function isRegistry(host: string): boolean {
  const [name = "", port, ...more] = host.split(":");
  if (more.length > 0 || (port !== undefined && !(/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65535))) {
    return false;
  }
  return name.split(".").every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label));
}
