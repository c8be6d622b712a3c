/** Requests to a Kubernetes API server, and the question whether it would accept an object. */
import { request as httpsRequest } from "node:https";

/** A Kubernetes object as a manifest has it; anything beside these keys goes to the API server as it is. */
export interface Manifest {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; namespace?: string };
}

/** The answer to one request. */
export interface ApiResponse {
  /** The HTTP status. */
  status: number;
  /** The parsed JSON, or the text where it is not JSON, e.g. `ok` from /readyz. */
  body: unknown;
}

/** What can be asked of a running API server, as its administrator. */
export interface ApiClient {
  /**
   * Sends one request as the administrator.
   * @param method an HTTP method
   * @param path the path with its query, from the slash on
   * @param body sent as JSON where given, a PATCH as server-side apply; default: no body
   * @returns the answer, whatever its status
   * @throws when the server cannot be reached, or says nothing for 30 s
   */
  request(method: string, path: string, body?: unknown): Promise<ApiResponse>;
  /**
   * Asks the server whether it would accept an object: server-side apply with strict field validation as a dry run.
   * The object is not stored; its namespace is, where it does not exist yet, because a dry run needs it.
   * @param object any object with `apiVersion`, `kind` and `metadata.name`; a namespaced one without a
   * `metadata.namespace` goes to `default`
   * @returns the object as the server would store it, with its defaults
   * @throws with the server's message when it refuses the object or does not serve its kind
   */
  putDryRun(object: Manifest): Promise<unknown>;
}

/** What a request needs to know of a server. */
export interface Connection {
  /** E.g. https://127.0.0.1:40001 */
  server: string;
  /** The certificate that signed the server's, PEM. */
  authority: string;
  /** The administrator's bearer token. */
  token: string;
}

/** How long a request may wait for the server's next byte, in ms. */
const requestTimeout = 30_000;

/** `ApiClient.request` on a given server. */
export function send(connection: Connection, method: string, path: string, body?: unknown): Promise<ApiResponse> {
  const type = method === "PATCH" ? "application/apply-patch+yaml" : "application/json";
  return new Promise((succeed, fail) => {
    const request = httpsRequest(
      `${connection.server}${path}`,
      {
        method,
        ca: connection.authority,
        // No connection is kept: one that idles would keep the test process alive.
        agent: false,
        timeout: requestTimeout,
        headers: {
          authorization: `Bearer ${connection.token}`,
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": type }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => {
          succeed({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString("utf8")) });
        });
      },
    );
    request.on("error", fail);
    request.on("timeout", () =>
      request.destroy(new Error(`${method} ${path}: no answer within ${requestTimeout / 1000} s`)),
    );
    // JSON is YAML, so it suits an apply patch as well.
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The value of a JSON text, or the text itself where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** One entry of an API's discovery document, e.g. { name: "pods", kind: "Pod", namespaced: true }. */
interface Resource {
  name: string;
  kind: string;
  namespaced: boolean;
}

/** `ApiClient.putDryRun` on a given server. */
export function dryRunner(connection: Connection): ApiClient["putDryRun"] {
  /** @throws with the server's message unless the status is 2xx or one of those that are expected */
  async function call(subject: string, method: string, path: string, body?: unknown, expected: number[] = []) {
    const answer = await send(connection, method, path, body);
    if ((answer.status < 200 || answer.status > 299) && !expected.includes(answer.status)) {
      throw new Error(`${subject}: ${method} ${path} was answered with ${answer.status}: ${messageOf(answer.body)}`);
    }
    return answer.body;
  }

  return async (object) => {
    const { apiVersion, kind, metadata } = object;
    if (apiVersion === undefined || kind === undefined || metadata?.name === undefined) {
      throw new Error(`apiVersion, kind and metadata.name are required, but missing from ${JSON.stringify(object)}`);
    }
    const subject = `${apiVersion} ${kind} ${metadata.name}`;
    const api = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    // Not remembered: a CustomResourceDefinition that a test has just created adds to it.
    const { resources } = (await call(subject, "GET", api)) as { resources: Resource[] };
    // A subresource such as `pods/status` has the kind, too.
    const resource = resources.find(({ name, kind: served }) => served === kind && !name.includes("/"));
    if (resource === undefined) throw new Error(`${subject}: the API server has no kind ${kind} in ${apiVersion}`);

    const namespace = metadata.namespace ?? "default";
    if (resource.namespaced) {
      const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
      await call(subject, "POST", "/api/v1/namespaces", body, [409]);
    }
    const folder = resource.namespaced ? `${api}/namespaces/${encodeURIComponent(namespace)}` : api;
    const query = "dryRun=All&fieldValidation=Strict&fieldManager=tests&force=true";
    const path = `${folder}/${resource.name}/${encodeURIComponent(metadata.name)}?${query}`;
    return call(subject, "PATCH", path, object);
  };
}

/** What the server says in a Status object, or all of the answer where it is none. */
function messageOf(body: unknown): string {
  const message = typeof body === "object" && body !== null && "message" in body ? body.message : undefined;
  return typeof message === "string" ? message : JSON.stringify(body);
}
