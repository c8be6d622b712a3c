import assert from "node:assert/strict";
import { createServer as createHttpServer, type IncomingHttpHeaders } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { GrafanaRefused, GrafanaSilent, openGrafana } from "../../../components/grafana/api/live";
import { answers, credentials, startFakeGrafana, type FakeGrafana, type GrafanaState } from "../../support/fakeGrafana";

const PATH = "/api/datasources";

describe("openGrafana", () => {
  const running: FakeGrafana[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((grafana) => grafana.stop()));
  });

  async function start(state: GrafanaState = {}, path = ""): Promise<FakeGrafana> {
    const grafana = await startFakeGrafana(state, path);
    running.push(grafana);
    return grafana;
  }

  async function failureOf(state: GrafanaState, auth: string = credentials.token, timeout = 200): Promise<Error> {
    const { url } = await start(state);
    return openGrafana(url, auth, timeout)
      .get(PATH)
      .then(
        () => assert.fail("it answers"),
        (error: unknown) => error as Error,
      );
  }
  const insteadOf = (answer: (typeof answers)["html"]): GrafanaState => ({ instead: { [PATH]: answer } });

  it("reads with a token, and with a user and a password that has a colon", async () => {
    const { url } = await start({ dataSources: [{ uid: "tempo" }] });
    for (const auth of [credentials.token, credentials.basic]) {
      assert.deepEqual(await openGrafana(url, auth).get(PATH), [{ uid: "tempo" }]);
    }
  });

  it("reads below the path of the URL, whether or not that ends in a slash", async () => {
    const { url, asked } = await start({}, "/grafana");
    for (const base of [url, `${url}/`, `${url}//`]) {
      assert.deepEqual(await openGrafana(base, credentials.token).get(PATH), []);
    }
    assert.deepEqual(new Set(asked), new Set(["GET /grafana/api/datasources"]));
  });

  it("asks in an organisation, and with further headers, which do not replace its own", async () => {
    const seen: IncomingHttpHeaders[] = [];
    const server = createHttpServer(({ headers }, response) => {
      seen.push(headers);
      response.end("[]");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const further = { orgId: 2, headers: { "CF-Access-Client-Id": "a", Accept: "x" } };
    await openGrafana(`http://127.0.0.1:${port}`, credentials.basic, undefined, further).get(PATH);
    server.close();
    server.closeAllConnections();
    const [headers] = seen;
    assert.deepEqual(
      [headers?.["x-grafana-org-id"], headers?.["cf-access-client-id"], headers?.accept],
      ["2", "a", "application/json"],
    );
    assert.match(headers?.authorization ?? "", /^Basic /);
  });

  it("has nothing for what is not there", async () => {
    const { url } = await start();
    assert.equal(await openGrafana(url, credentials.token).get("/api/folders/tempo"), undefined);
  });

  it("is refused with a credential that Grafana does not know, the literal anonymous included", async () => {
    for (const auth of ["glsa_unknown", "admin:wrong", "anonymous"]) {
      const error = await failureOf({}, auth);
      assert.ok(error instanceof GrafanaRefused);
      assert.equal(
        error.message,
        "it does not know the credential (401). Write a valid token of a service account with the role Admin",
      );
    }
  });

  it("is refused with one that may not read", async () => {
    const error = await failureOf({}, credentials.editor);
    assert.ok(error instanceof GrafanaRefused);
    assert.equal(
      error.message,
      "the credential may not read /api/datasources (403). Give its service account the role Admin, which data sources need",
    );
  });

  it("refuses what no header can carry, and does not show it", () => {
    for (const auth of ["glsa_s3cret\nX", "glsa_s3cret…", "glsa s3cret", "glsa_s3cret\n", ""]) {
      assert.throws(() => openGrafana("http://127.0.0.1:1", auth), {
        name: "GrafanaRefused",
        message:
          "the credential has a space, a line break or another sign that no token has. Write the token alone, or user:password",
      });
    }
  });

  const silent: Record<string, [(typeof answers)["html"], string]> = {
    "another server's page": [
      answers.html,
      "GET /api/datasources answers no JSON. Is this the base URL of Grafana itself?",
    ],
    "a login in front of it, whose parameters are not shown": [
      answers.redirect("https://user:s3cret@login.example.com/auth?state=s3cret#s3cret"),
      "GET /api/datasources is redirected to https://login.example.com/auth. Write the URL that answers itself, without a login in front of it",
    ],
    "a proxy without a server behind it": [answers.status(502, "Bad Gateway"), "GET /api/datasources answers 502"],
    "too many requests": [answers.status(429), "GET /api/datasources answers 429"],
    "no answer": [answers.hang, "no answer within 0.2 s"],
    "half an answer": [answers.stall, "no answer within 0.2 s"],
    "an answer that breaks off": [answers.cut, "it ended the connection"],
  };
  for (const [what, [instead, message]] of Object.entries(silent)) {
    it(`calls it silent: ${what}`, async () => {
      const error = await failureOf(insteadOf(instead));
      assert.ok(error instanceof GrafanaSilent);
      assert.equal(error.message, message);
    });
  }

  it("does not follow a redirect, which would take the credential along", async () => {
    const { url, asked } = await start();
    const error = await failureOf(insteadOf(answers.redirect(`${url}/api/folders/x`)));
    assert.ok(error instanceof GrafanaSilent);
    assert.deepEqual(asked, []);
  });

  it("calls it silent where nothing listens", async () => {
    const grafana = await startFakeGrafana();
    await grafana.stop();
    const { url } = grafana;
    const address = url.replace("http://", "");
    await assert.rejects(openGrafana(url, credentials.token).get(PATH), {
      name: "GrafanaSilent",
      message: `connect ECONNREFUSED ${address}`,
    });
  });

  it("calls it silent where the name is unknown", async () => {
    // A name that never resolves: RFC 6761. Without a resolver at hand the answer is EAI_AGAIN.
    await assert.rejects(openGrafana("http://grafana.invalid", credentials.token).get(PATH), {
      name: "GrafanaSilent",
      message: /^getaddrinfo (ENOTFOUND|EAI_AGAIN) grafana\.invalid$/,
    });
  });

  it("calls it silent where it is not HTTPS that answers", async () => {
    const { url } = await start();
    const error = await openGrafana(url.replace("http:", "https:"), credentials.token)
      .get(PATH)
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof GrafanaSilent);
    assert.match(error.message, /wrong version number|packet length too long/);
  });

  it("calls it silent where a server takes the connection and closes it", async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = server.address();
    assert.ok(typeof address === "object" && address);
    await assert.rejects(openGrafana(`http://127.0.0.1:${address.port}`, credentials.token).get(PATH), GrafanaSilent);
    server.close();
  });
});
