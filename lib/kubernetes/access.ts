import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { certificatesIn } from "../http/authorities";
import type { Options } from "../http/request";
import { pluginCredential } from "./credentialPlugin";
import { escapedPath } from "./escapedPath";
import { KubeconfigError, type KubeCluster, type Kubeconfig, type KubeUser } from "./kubeconfig";

/** A cluster's API server, and how it is asked. */
export interface Access {
  /** Its URL, without credentials and without a slash at the end. */
  readonly server: string;
  /**
   * What each request is made with; read anew each time, since a token's file is rewritten while we run.
   * @throws KubeconfigError where there is no credential to be had
   */
  readonly options: () => Promise<AccessOptions>;
}

export interface AccessOptions extends Options {
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/**
 * How a context's cluster is asked: as kubectl would.
 * Source: `tools/clientcmd`, `rest` and `transport` of k8s.io/client-go.
 * @throws KubeconfigError with everything that makes the context unusable
 */
export function accessOf(kubeconfig: Kubeconfig, context: string): Access {
  const { cluster: clusterName = "", user: userName = "" } = kubeconfig.contexts.get(context) ?? {};
  const cluster = kubeconfig.clusters.get(clusterName);
  const user = kubeconfig.users.get(userName);
  // kubectl goes to localhost:8080 then, which nobody wrote.
  if (!cluster) throw new KubeconfigError(`context "${context}" names a cluster that the kubeconfig does not have`);
  const problems = [
    ...clusterProblems(cluster).map((problem) => `cluster "${clusterName}": ${problem}`),
    ...(user ? userProblems(user) : []).map((problem) => `user "${userName}": ${problem}`),
  ];
  const found = serverOf(cluster.server);
  if (problems.length > 0 || !found) throw new KubeconfigError(problems.join("; "));
  const { secure, server, authorization: ofServer } = found;

  const proxy = cluster["proxy-url"] === "" ? undefined : new URL(cluster["proxy-url"]);
  const headers = { ...(user && impersonation(user)), ...(ofServer !== undefined && { authorization: ofServer }) };
  // No credential of a user is sent in clear text.
  if (!secure) return { server, options: () => Promise.resolve({ headers, proxy }) };

  if (!user) throw new KubeconfigError(`context "${context}" names a user that the kubeconfig does not have`);
  const authority = contentOf(cluster, "certificate-authority");
  const refused = secureProblems(cluster, authority, user);
  if (refused.length > 0) throw new KubeconfigError(`context "${context}": ${refused.join("; ")}`);
  const tls: Options = {
    ...(authority !== "" && { ca: certificatesIn(authority), allowPartialTrustChain: true }),
    ...(cluster["insecure-skip-tls-verify"] && { rejectUnauthorized: false }),
    ...(cluster["tls-server-name"] !== "" && { servername: cluster["tls-server-name"] }),
    proxy,
  };
  const info = { ...cluster, "certificate-authority-data": authority };
  return {
    server,
    options: async () => {
      const { authorization, ...certificate } = await credentialOf(user, userName, info);
      return { ...tls, ...certificate, headers: { ...(authorization !== undefined && { authorization }), ...headers } };
    },
  };
}

interface Server {
  readonly secure: boolean;
  /** Its URL, without credentials and without a slash at the end. */
  readonly server: string;
  /** Of the URL's credentials, which count more than the user's. */
  readonly authorization?: string;
}

/** @returns undefined where it is no URL of HTTP */
function serverOf(server: string): Server | undefined {
  // Without a scheme it is one in clear text, whatever the rest says.
  const text = /^https?:\/\/./i.test(server) ? server : `http://${server}`;
  if (server !== server.trim() || !URL.canParse(text)) return undefined;
  if (text !== server && /:\/\/|\/./.test(server)) return undefined;
  const { protocol, host, hostname, pathname, username, password } = new URL(text);
  // Go reads none of these as `URL` does: it has no other spellings of an address, and a fragment becomes a path.
  if (/[\p{Cc}\\#]|%(?![\da-f]{2})/iu.test(server) || (isIP(hostname) && !server.includes(hostname))) return undefined;
  const credential = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    secure: protocol === "https:",
    server: `${protocol}//${host}${escapedPath(pathname).replaceAll(/\/+/g, "/").replace(/\/$/, "")}`,
    ...(credential !== ":" && { authorization: `Basic ${Buffer.from(credential).toString("base64")}` }),
  };
}

function clusterProblems(cluster: KubeCluster): string[] {
  const { server, "certificate-authority": file, "certificate-authority-data": content, "proxy-url": proxy } = cluster;
  const isProxy = /^(https?|socks5):\/\/./i.test(proxy) && URL.canParse(proxy);
  return [
    ...(server === ""
      ? ["has no server"]
      : serverOf(server)
        ? []
        : [`its server is no URL such as https://host:6443/path: ${server}`]),
    ...(proxy === "" || isProxy ? [] : ["its proxy-url is none of http://, https:// and socks5://"]),
    ...(file !== "" && content !== "" ? ["has both certificate-authority and certificate-authority-data"] : []),
    ...(readable(file) === undefined ? [`its certificate-authority ${file} cannot be read`] : []),
  ];
}

function userProblems(user: KubeUser): string[] {
  const { "client-certificate": file, "client-certificate-data": content, "client-key": keyFile, exec } = user;
  const keyContent = user["client-key-data"];
  const hasBasic = user.username !== "" || user.password !== "";
  const impersonates =
    user["as-uid"] !== "" || user["as-groups"].length > 0 || Object.keys(user["as-user-extra"]).length > 0;
  const certificate = [
    ...(file !== "" && content !== "" ? ["has both client-certificate and client-certificate-data"] : []),
    ...(keyFile !== "" && keyContent !== "" ? ["has both client-key and client-key-data"] : []),
    ...(keyFile === "" && keyContent === "" ? ["has a certificate without client-key or client-key-data"] : []),
    ...[file, keyFile].flatMap((path) => (readable(path) === undefined ? [`${path} cannot be read`] : [])),
  ];
  return [
    ...(user.token !== "" && hasBasic ? ["has both a token and a username"] : []),
    ...(file !== "" || content !== "" ? certificate : []),
    ...(exec && user["auth-provider"] ? ["has both exec and auth-provider"] : []),
    ...(exec ? execProblems(exec) : []),
    ...(impersonates && user.as === "" ? ["has as-uid, as-groups or as-user-extra without as"] : []),
  ];
}

const MODES = ["Never", "IfAvailable", "Always"];

function execProblems({ command, apiVersion, env, interactiveMode }: NonNullable<KubeUser["exec"]>): string[] {
  return [
    ...(command === "" ? ["its exec has no command"] : []),
    ...(apiVersion === "" ? ["its exec has no apiVersion"] : []),
    ...(env.some(({ name }) => name === "") ? ["its exec has a variable without a name"] : []),
    ...(MODES.includes(interactiveMode) ? [] : [`its exec wants the interactiveMode ${MODES.join(", ")}`]),
  ];
}

/** What matters only where the server speaks https. */
function secureProblems(cluster: KubeCluster, authority: string, user: KubeUser): string[] {
  const version = user.exec?.apiVersion ?? "client.authentication.k8s.io/v1";
  const isKnown = /^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(version);
  const provider = user["auth-provider"]?.name ?? "oidc";
  const isSkipped = cluster["insecure-skip-tls-verify"];
  return [
    ...(authority !== "" && certificatesIn(authority).length === 0
      ? ["its certificate-authority is no certificate"]
      : []),
    ...((authority !== "" || cluster["certificate-authority"] !== "") && isSkipped
      ? ["insecure-skip-tls-verify stands beside a certificate authority"]
      : []),
    ...(provider === "oidc"
      ? []
      : [
          `the auth-provider ${provider} of its user is none that kubectl still knows; a credential plugin came instead`,
        ]),
    ...(isKnown ? [] : [`the exec of its user has the apiVersion ${version}, which kubectl does not know`]),
    ...(hasCredential(user) ? [] : ["its user has no credential"]),
  ];
}

function hasCredential(user: KubeUser): boolean {
  const { "client-certificate": file, "client-certificate-data": content } = user;
  const isNamed = [user.token, user.tokenFile, user.username, file, content].some((value) => value !== "");
  return isNamed || Boolean(user.exec) || Boolean(user["auth-provider"]);
}

interface Credential {
  readonly authorization?: string;
  readonly cert?: string;
  readonly key?: string;
}

async function credentialOf(user: KubeUser, name: string, cluster: KubeCluster): Promise<Credential> {
  const cert = contentOf(user, "client-certificate");
  const certificate = cert === "" ? {} : { cert, key: contentOf(user, "client-key") };
  const token = tokenOf(user);
  if (token !== "") return { ...certificate, authorization: bearer(token) };
  if (user.username !== "" || user.password !== "") {
    const basic = Buffer.from(`${user.username}:${user.password}`).toString("base64");
    return { ...certificate, authorization: `Basic ${basic}` };
  }
  if (user["auth-provider"]) return { ...certificate, authorization: bearer(idToken(name, user["auth-provider"])) };
  if (cert !== "") return certificate;
  if (!user.exec) throw new KubeconfigError(`user "${name}": ${user.tokenFile} is empty or cannot be read`);
  const given = await pluginCredential(user.exec, cluster);
  return {
    ...(given.token !== undefined && { authorization: bearer(given.token) }),
    ...(given.key !== undefined && { cert: given.certificate ?? "", key: given.key }),
  };
}

/** The file's, where it has one; the other is what it began with. */
function tokenOf({ token, tokenFile }: KubeUser): string {
  // Not trim(), which takes a byte order mark for a space; Go does not.
  return readable(tokenFile)?.replaceAll(/^\p{White_Space}+|\p{White_Space}+$/gu, "") || token;
}

function bearer(token: string): string {
  return `Bearer ${headerText(token)}`;
}

/**
 * The token of the auth-provider `oidc`, the only one that kubectl still knows. It also renews the token and writes it down, which
 * is left to it: two who renew it at once lose it.
 */
function idToken(user: string, { config }: NonNullable<KubeUser["auth-provider"]>): string {
  const token = config["id-token"] ?? "";
  if (expiryOf(token) > Date.now()) return token;
  throw new KubeconfigError(
    `the id-token of user "${user}" has expired. Have kubectl renew it: kubectl --user ${JSON.stringify(user)} version`,
  );
}

/** In ms since 1970; with the ten seconds that kubectl keeps as well. */
function expiryOf(token: string): number {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { exp?: unknown };
    return Number(exp) * 1_000 - 10_000;
  } catch {
    return 0;
  }
}

function impersonation(user: KubeUser): Record<string, string | string[]> {
  if (user.as === "") return {};
  // Keys that differ in their case are one header, with the values of both.
  const extra = new Map<string, string[]>();
  for (const [key, values] of Object.entries(user["as-user-extra"])) {
    const name = `Impersonate-Extra-${headerName(key)}`.toLowerCase();
    extra.set(name, [...(extra.get(name) ?? []), ...values.map(headerText)]);
  }
  return {
    "Impersonate-User": headerText(user.as),
    ...(user["as-uid"] !== "" && { "Impersonate-Uid": headerText(user["as-uid"]) }),
    ...(user["as-groups"].length > 0 && { "Impersonate-Group": user["as-groups"].map(headerText) }),
    ...Object.fromEntries(extra),
  };
}

/** In UTF-8, as Go sends it; Node takes a character for a byte. */
function headerText(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function headerName(key: string): string {
  return headerText(key).replaceAll(/[^!#$&'*+.^_`|~0-9A-Za-z-]/g, (sign) => {
    return `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}

/** Of what is given as a file, or in place as `<key>-data`. */
function contentOf<K extends string>(entry: Readonly<Record<K | `${K}-data`, string>>, key: K): string {
  return entry[`${key}-data`] || readable(entry[key]) || "";
}

/** @returns undefined where it cannot be read; empty for no path at all */
function readable(path: string): string | undefined {
  try {
    return path === "" ? "" : readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
