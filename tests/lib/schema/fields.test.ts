import assert from "node:assert/strict";
import { z } from "zod";
import { CERTIFICATE } from "../../components/collector/certificate";
import * as field from "../../../lib/schema/fields";

/** The messages for an input; empty where it is accepted. */
function messages(type: z.ZodType, input: unknown): string[] {
  const result = z.safeParse(type, input);
  return result.success ? [] : result.error.issues.map(({ message }) => message);
}

function accepts(type: z.ZodType, inputs: readonly unknown[]): void {
  for (const input of inputs) assert.deepEqual(messages(type, input), [], JSON.stringify(input));
}

function rejects(type: z.ZodType, inputs: readonly unknown[], message: string): void {
  for (const input of inputs) assert.deepEqual(messages(type, input), [message], JSON.stringify(input));
}

/** The fields that are texts: what each takes as it is, and what it refuses with its hint. */
const texts: { name: string; type: z.ZodType; yes: string[]; no: string[]; hint: string }[] = [
  {
    name: "byteSize",
    type: field.byteSize,
    yes: ["1", "10Gi", "1.5Gi", "1e3", "0.5Ki", "1000m", "7Pi"],
    no: ["0", "0Gi", "500m", "1.5", "0.3Ki", "-1Gi", "10GB", "10 Gi", "", "Gi"],
    hint: "not a size in bytes. Write a Kubernetes quantity such as 10Gi or 512Mi",
  },
  {
    name: "cpu",
    type: field.cpu,
    yes: ["1m", "500m", "0.5", "2", "1.25", "16"],
    no: ["0", "0m", "0.0001", "-1", "", "2 cores", "2c", "1n"],
    hint: "not an amount of CPU. Write cores or thousandths such as 2 or 500m",
  },
  {
    name: "duration",
    type: field.duration,
    yes: ["1ms", "90s", "1h30m", "7d", "10w"],
    no: ["0s", "0h", "0", "168", "", "7 days", "-7d", "1y"],
    hint: "not a duration. Write a number with a unit, such as 168h, 7d or 90s",
  },
  {
    name: "dnsLabel",
    type: field.dnsLabel,
    yes: ["monitoring", "a", "0a"],
    no: ["", "Monitoring", "a.b", "monitoring ", "-a", "a_b"],
    hint: "not a DNS label. Write at most 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit",
  },
  {
    name: "dnsName",
    type: field.dnsName,
    yes: ["a", "a.b", "local-path"],
    no: ["", "a..b", "a/b", "a:1", "https://a", "a b"],
    hint: "not a DNS name. Write labels of a-z, 0-9 and '-' joined by dots, without a scheme, a port or a path",
  },
  {
    name: "tailnetDomain",
    type: field.tailnetDomain,
    yes: ["tail8d86e.ts.net", "cat-crocodile.ts.net", "net.example.com"],
    no: ["", "tail8d86e", "https://tail8d86e.ts.net", "tail8d86e.ts.net.", "tail8d86e.ts.net:443", "T.ts.net"],
    hint: "not a tailnet's DNS name. Write it as the admin console shows it, such as tail8d86e.ts.net",
  },
  {
    name: "tailscaleTag",
    type: field.tailscaleTag,
    yes: ["tag:k8s", "tag:K8s"],
    no: ["", "k8s", "tag:", "tag:1", "tag:a,tag:b", " tag:a"],
    hint: "not a Tailscale tag. Write tag: and a name that begins with a letter, such as tag:k8s",
  },
  {
    name: "httpUrl",
    type: field.httpUrl,
    yes: [
      "http://prometheus:9090/api/v1/write",
      "https://a.b",
      "http://[::1]",
      "http://[::1]:9090/",
      "http://10.0.0.1/x",
    ],
    no: [
      "",
      "a:9090",
      "http://",
      "http:///x",
      "ftp://a",
      "http://u:p@a",
      "http://u@a",
      "http://a?b",
      "http://a#b",
    ].concat(["http://a b/", " http://a", "http://a:99999", "HTTP://a", "http:a", "//a"]),
    hint: "not an http(s) URL. Write scheme, host and path such as http://prometheus:9090/api/v1/write, without credentials or query",
  },
  {
    name: "exactVersion",
    type: field.exactVersion,
    yes: ["2.2.4", "0.0.1", "2.2.4-rc.1", "2.10.0"],
    no: ["", "2", "2.2", "2.2.x", "^2.2.4", "~2.2.4", ">=2.2.4", "v2.2.4", "2.2.4-", "2.2.4+b", "2.2.4 ", "latest"],
    hint: "not an exact version. Write three numbers such as 2.2.4, no range",
  },
  {
    name: "contextPattern",
    type: field.contextPattern,
    yes: ["kind-*", "*-prod", "minikube", "arn:aws:eks:eu-west-1:1:cluster/a", "a b"],
    no: ["", " ", "*", " kind-*", "kind-* "],
    hint: "names no context. Write a context's name or a pattern such as kind-*; '*' alone would allow every cluster",
  },
  {
    name: "dimension",
    type: field.dimension,
    yes: ["http.route", "_a", "k8s.pod.name", "a-b", "A1"],
    no: ["", "1a", "http route", 'a"b', "{a}", ".a", "ünï", "a "],
    hint: "not an attribute's name. Write an OpenTelemetry attribute such as http.request.method",
  },
  {
    name: "routePattern",
    type: field.routePattern,
    yes: ["/", "/a", "/api/events/{id}", "/static/*", "/.well-known/a"],
    no: [
      "",
      "a",
      "/a/",
      "//",
      "/a?b",
      "/a#b",
      "/:id",
      "/*/a",
      "/{a}b",
      "/{",
      "https://a/b",
      "/a b",
      " /a",
      '/"',
      "/\\",
    ],
    hint: "not a pattern of paths. Write a path such as /api/events/{id} or /static/*, without query and without / at its end",
  },
  {
    name: "hostPath",
    type: field.hostPath,
    yes: ["/var/lib/tempo-collector", "/data/a", "/srv/a.b_c/d", "/etcetera/a"],
    no: [
      "",
      "/",
      "/var",
      "var/lib/a",
      "/var/lib/a/",
      "/var//a",
      "/var/../etc/a",
      "/var/./a",
      "/var/a b",
      "/var/a:b",
    ].concat(["/etc/a", "/proc/1/a", "/sys/fs/a", "/dev/shm/a", "/run/a", "C:\\\\a", "/var/a\n"]),
    hint: "not a folder of its own on the node. Write an absolute path such as /var/lib/tempo-collector",
  },
  {
    name: "label",
    type: field.label,
    yes: ["ringtail", "k3s.Ringtail_1", "a", "a".repeat(63)],
    no: ["", "-a", "a-", "a b", 'a"', "a".repeat(64), "ü", "a\n"],
    hint: "not a name for a label. Write at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
  },
];

for (const { name, type, yes, no, hint } of texts) {
  describe(`the field ${name}`, () => {
    it("accepts", () => {
      accepts(type, yes);
    });
    it("rejects with its hint", () => {
      rejects(type, no, hint);
    });
    it("takes nothing but text", () => {
      // An amount of CPU may be a number, as in a manifest.
      const numbers = name === "cpu" ? [-1, 0] : [5, 0];
      for (const input of [...numbers, true, null, undefined, [], ["10Gi"], {}]) {
        // Where nothing is, only the advice makes sense.
        const message = input === undefined ? hint.slice(hint.indexOf("Write ")) : hint;
        assert.deepEqual(messages(type, input), [message], JSON.stringify(input));
      }
    });
  });
}

const hintOf = (name: string): string => texts.find((text) => text.name === name)?.hint ?? "";

describe("fields that must not take everything that a parser takes", () => {
  // 100Mi of CPU are 104857600 cores.
  it("cpu refuses sizes and exponents", () => {
    rejects(field.cpu, ["100Mi", "1Gi", "1k", "1G", "1e30"], hintOf("cpu"));
  });

  // Past 2^53 tempo.yaml gets a rounded number, past 2^63 one that Go refuses.
  it("byteSize refuses what cannot be counted exactly", () => {
    rejects(
      field.byteSize,
      ["8Pi", "9Ei", "99999999999999999999Ei", "1e99"],
      "8Pi or more, which cannot be counted exactly. Write less",
    );
  });

  // Go's end at 292 years, and Tempo does not start with a longer one.
  it("duration refuses what Go cannot count", () => {
    rejects(
      field.duration,
      ["100000w", "2562048h", "106752d"],
      "longer than 100 years, which Tempo cannot count. Write less",
    );
  });

  // The parser mends what a server would get as it is written.
  it("httpUrl refuses what the URL parser mends", () => {
    const mended = [
      "http://a/b c",
      "http://a/b ",
      "http://a/b\n",
      "http://a\\b",
      "http://@a",
      "http://a?",
      "http://a#",
    ];
    rejects(
      field.httpUrl,
      [...mended, "http://a:0", "http://${HOST}/", "http://a{{b}}/", "http://a/{{b}}"],
      hintOf("httpUrl"),
    );
  });

  it("httpUrl refuses hosts that there cannot be", () => {
    const hosts = ["http://a..b/", "http://-a/", "http://_/", "http://a:", "http://256.1.1.1/", "http://[::1/"];
    rejects(field.httpUrl, hosts, hintOf("httpUrl"));
  });

  it("dimension refuses labels that are written in any case", () => {
    rejects(
      field.dimension,
      ["le", "service", "quantile", "span_name", "span_kind", "status_code", "job", "instance", "__x", "__name__"],
      "a label that is written in any case. Write another attribute, or none",
    );
    accepts(field.dimension, ["service.version", "level", "job.kind", "_x"]);
  });

  it("dimension refuses attributes with a value per request, user or peer", () => {
    const unbounded = ["http.target", "http_url", "url.path", "url.full", "user.id", "client.address", "k8s.pod.uid"];
    rejects(
      field.dimension,
      [...unbounded, "http.request.id", "db.statement", "exception.message", "user_agent.original"],
      "an attribute without bounds: it would make a series for each of its values. Write one with few, such as http.route",
    );
    accepts(field.dimension, ["http.route", "url.scheme", "db.system", "server.address", "grid"]);
  });

  it("exactVersion refuses leading zeros and empty parts", () => {
    rejects(field.exactVersion, ["02.2.4", "2.02.4", "2.2.4-.", "2.2.4-a..b", "2.2.4-a."], hintOf("exactVersion"));
  });

  // It allows every cluster, as '*' does.
  it("contextPattern refuses any number of stars alone", () => {
    rejects(field.contextPattern, ["**", "***"], hintOf("contextPattern"));
  });

  it("tailnetDomain refuses a machine's name, ts.net itself and an address", () => {
    rejects(field.tailnetDomain, ["tempo.tail8d86e.ts.net", "ts.net", "100.64.0.1"], hintOf("tailnetDomain"));
  });
});

describe("the field image", () => {
  const floating =
    "a floating reference: what it names can change. Write a full version such as grafana/tempo:2.10.1, or a digest";
  const malformed = "not an image reference. Write [registry/]repository:version such as grafana/tempo:2.10.1";

  it("gives the parts", () => {
    assert.deepEqual(field.image.parse("a.b:5000/c:1.2.3"), {
      text: "a.b:5000/c:1.2.3",
      registry: "a.b:5000",
      repository: "c",
      tag: "1.2.3",
    });
  });

  it("says which rule is broken", () => {
    rejects(field.image, ["grafana/tempo", "grafana/tempo:latest", "grafana/tempo:2.10"], floating);
    rejects(field.image, ["", "Grafana/tempo:2.10.1", "https://grafana/tempo:2.10.1", "a@sha256:1"], malformed);
  });
});

describe("the field chartSource", () => {
  const hint =
    "no chart source. Write a repository's https:// URL, an oci:// reference, or a path that begins with ./, ../, ~/ or /";

  it("tells repositories, references and paths apart", () => {
    assert.deepEqual(field.chartSource.parse("https://grafana-community.github.io/helm-charts"), {
      kind: "repository",
      url: "https://grafana-community.github.io/helm-charts",
    });
    assert.deepEqual(field.chartSource.parse("oci://ghcr.io/a/tempo"), {
      kind: "oci",
      reference: "oci://ghcr.io/a/tempo",
    });
    assert.deepEqual(field.chartSource.parse("oci://localhost:5000/tempo"), {
      kind: "oci",
      reference: "oci://localhost:5000/tempo",
    });
    for (const path of ["./tempo", "../tempo", "~/tempo", "/srv/tempo-2.2.4.tgz"]) {
      assert.deepEqual(field.chartSource.parse(path), { kind: "path", path });
    }
  });

  it("rejects a chart's name and everything else with its hint", () => {
    const others = [
      "",
      "tempo",
      "grafana/tempo",
      "https://",
      "ftp://a",
      "oci://",
      "oci://a",
      "oci://a/",
      " https://a",
      "~",
    ];
    rejects(field.chartSource, others, hint);
  });

  // Credentials would be plain text in the state, a version in a
  // reference contradicts chartVersion.
  it("rejects credentials, queries, versions and spaces", () => {
    rejects(
      field.chartSource,
      [
        "https://u:p@a/b",
        "https://a/b c",
        "https://a/b ",
        "https://a?b=1",
        "oci://u:p@a/b",
        "oci://a/b:1.2.3",
        "oci://a/b@c",
      ],
      "a chart source with credentials, a query, a version or a space in it. Write it without; the version is chartVersion",
    );
  });

  // The hint asks for a path that begins with ./, and this one does.
  it("takes a path with a space inside", () => {
    accepts(field.chartSource, ["./my charts/tempo", "~/Helm Charts/tempo"]);
  });
});

describe("the field boolean", () => {
  it("takes booleans and their texts", () => {
    assert.deepEqual(
      [true, "true", false, "false"].map((input) => field.boolean.parse(input)),
      [true, true, false, false],
    );
  });

  it("takes nothing that is only like one", () => {
    const others = ["yes", "no", "on", "True", "FALSE", "true ", "1", "0", "", 1, 0, null, undefined, [], {}, ["true"]];
    rejects(field.boolean, others, "neither true nor false. Write one of them");
  });
});

describe("the field integer", () => {
  const type = field.integer(100, 1_000, "traces");

  it("takes whole numbers and their texts, up to and including the bounds", () => {
    assert.deepEqual(
      [100, "100", 1_000, "1000", 500, "0500"].map((input) => type.parse(input)),
      [100, 100, 1_000, 1_000, 500, 500],
    );
  });

  it("names its bounds and its unit", () => {
    const others = [99, 1_001, 0, -1, 100.5, "99", "-500", "100.5", "1e3", "0x64", "5k", "", " 500", "500 ", true];
    rejects(
      type,
      [...others, null, undefined, [], [500], {}, NaN, Infinity, "NaN", "٥٠٠", "99999999999999999999"],
      "not a whole number from 100 to 1000. Write the number of traces",
    );
  });
});

describe("fields of labels", () => {
  const kubernetes = "not a Kubernetes label. Write key and value of at most 63 letters, digits, '-', '_' and '.' each";
  const prometheus =
    "not a Prometheus label. Write a name of letters, digits and '_' (not beginning with __) and a value that is not empty";

  it("kubernetesLabels takes keys with a prefix and empty values", () => {
    accepts(field.kubernetesLabels, [{}, { a: "" }, { "app.kubernetes.io/name": "tempo", b: "v1.2_3" }]);
  });

  it("kubernetesLabels names every label that is wrong", () => {
    rejects(
      field.kubernetesLabels,
      [{ "a b": "c" }, { a: "b c" }, { "": "a" }, { a: "b/c" }, { "-a": "b" }],
      kubernetes,
    );
    assert.deepEqual(messages(field.kubernetesLabels, { "a b": "c", d: "e", f: "g h" }), [kubernetes, kubernetes]);
  });

  it("prometheusLabels takes any value but the empty one", () => {
    accepts(field.prometheusLabels, [{}, { source: "tempo" }, { _a: 'ü {{x}} $y "z"' }]);
    rejects(field.prometheusLabels, [{ a: "" }, { __a: "b" }, { "a-b": "c" }, { "1a": "b" }, { "": "a" }], prometheus);
  });

  it("take no list and no text", () => {
    for (const type of [field.kubernetesLabels, field.prometheusLabels]) {
      for (const input of [["a"], "a=b", null, 5, { a: 5 }, { a: null }, { a: ["b"] }]) {
        assert.equal(messages(type, input).length, 1, JSON.stringify(input));
      }
    }
  });
});

describe("optional", () => {
  const type = field.optional(field.dnsName);

  it("takes an empty text and nothing for absent", () => {
    assert.equal(type.parse(""), undefined);
    assert.equal(type.parse(undefined), undefined);
    assert.equal(type.parse("a"), "a");
  });

  it("takes nothing else for absent", () => {
    for (const input of [null, " ", 0, false, {}, []])
      assert.equal(messages(type, input).length, 1, JSON.stringify(input));
  });
});

describe("fields of Grafana", () => {
  const uid = "not a uid. Write a text of at most 40 letters, digits, '-' and '_'";
  const prefix =
    "not the beginning of a uid. Write at most 16 letters, digits, '-' and '_', beginning with a letter or digit";
  const title =
    "not a name. Write one line without quotes, backslashes and double braces, and without spaces around it";

  it("grafanaUid takes what Grafana takes", () => {
    accepts(field.grafanaUid, ["tempo", "P8E80F9AEF21F6940", "a".repeat(40), "-", "_", "0"]);
    rejects(field.grafanaUid, ["", "a".repeat(41), "a b", "a.b", "a/b", "a:b", "ü", "a\n", "\na", null, 5, ["a"]], uid);
    assert.deepEqual(messages(field.grafanaUid, undefined), [uid.slice(uid.indexOf("Write"))]);
  });

  it("grafanaUid is no uid of Grafana's own", () => {
    const message = "the uid of something of Grafana's own. Write that of a data source";
    rejects(field.grafanaUid, ["grafana", "-100", "__expr__"], message);
    accepts(field.grafanaUid, ["grafana-1", "-1"]);
  });

  it("uidPrefix leaves room for what comes after it", () => {
    accepts(field.uidPrefix, ["tempo", "t", "0", "A_b-c", "a".repeat(16)]);
    rejects(field.uidPrefix, ["", "a".repeat(17), "-a", "_a", "a b", "a.b", "ü", 5, null], prefix);
  });

  it("uidPrefix is no folder of Grafana's own", () => {
    rejects(
      field.uidPrefix,
      ["general", "General", "sharedwithme"],
      "the uid of a folder of Grafana's own. Write another one, such as tempo",
    );
  });

  it("title takes a line of text", () => {
    accepts(field.title, ["Tempo", "Loki (ringtail)", "Spuren – ü", "it's", "{a}", "$a", "a".repeat(189)]);
    rejects(
      field.title,
      ["", " ", " a", "a ", "a\nb", "a\tb", "a\u0000", 'a"b', "a\\b", "{{a}}", 5, null, ["a"]],
      title,
    );
    rejects(
      field.title,
      ["a".repeat(190)],
      "longer than 189 characters, which Grafana has no room for. Write a shorter name",
    );
  });

  it("ratio takes a share as number or text", () => {
    assert.deepEqual(
      [0.05, "0.05", ".5", 1, "1", 1e-9].map((input) => field.ratio.parse(input)),
      [0.05, 0.05, 0.5, 1, 1, 1e-9],
    );
  });

  it("ratio takes nothing else, a percentage least of all", () => {
    rejects(
      field.ratio,
      [
        0,
        -0.1,
        1.01,
        5,
        "0",
        "5",
        "5%",
        "0,05",
        "1e-2",
        "-0.1",
        "",
        " 0.1",
        ".",
        "0.",
        NaN,
        null,
        undefined,
        true,
        [0.1],
      ],
      "not a share. Write a number above 0 and at most 1, such as 0.05 for 5 %",
    );
  });

  it("jsonObject takes any map as it is", () => {
    const settings = { maxLines: 1000, list: [{ a: null }], deep: { b: true } };
    assert.deepEqual(field.jsonObject.parse(settings), settings);
    accepts(field.jsonObject, [{}]);
    rejects(
      field.jsonObject,
      [[], ["a"], "a", 5, null, true],
      "not a section. Write the settings as Grafana names them, such as maxLines: 1000",
    );
  });

  it("httpHeaders names every header that is wrong", () => {
    accepts(field.httpHeaders, [{}, { "X-Scope-OrgID": "a" }, { Authorization: "Bearer ü  x", "!#$%&'*+.^_`|~": "1" }]);
    const header = "not an HTTP header. Write a name of letters, digits and '-', and a value of one line";
    const noText = "not a text. Write the header's value in quotes";
    rejects(
      field.httpHeaders,
      [{ "a b": "c" }, { "": "c" }, { "a:": "c" }, { a: "" }, { a: "b\nc" }, { ü: "c" }],
      header,
    );
    rejects(field.httpHeaders, [{ a: 5 }, { a: null }, { a: ["b"] }, { a: true }], noText);
    assert.deepEqual(messages(field.httpHeaders, { "a b": "c", d: 5, e: "f" }), [header, noText]);
    for (const input of [["a"], "a: b", null]) assert.equal(messages(field.httpHeaders, input).length, 1);
  });

  it("attributeLabels names every entry that is wrong, and wants one", () => {
    accepts(field.attributeLabels, [
      { "k8s.pod.name": "pod" },
      { "k8s.pod.labels.app.kubernetes.io/name": "app", "service-name": "_a1" },
    ]);
    const entry =
      "not an attribute with its label. Write an OpenTelemetry attribute and a label of letters, digits and '_'";
    rejects(
      field.attributeLabels,
      [{ "a b": "c" }, { "": "c" }, { "1a": "c" }, { a: "b-c" }, { a: "" }, { a: "__b" }, { a: "1b" }, { 'a"': "b" }],
      entry,
    );
    assert.deepEqual(messages(field.attributeLabels, { "a b": "c", d: 5 }), [entry, "not a text. Write a string"]);
    assert.match(
      messages(field.attributeLabels, {})[0] ?? "",
      /^empty, .* Write at least one attribute with its label$/,
    );
    for (const input of [["a"], "a: b", null]) assert.equal(messages(field.attributeLabels, input).length, 1);
  });

  it("grafanaAuth takes what can be sent", () => {
    accepts(field.grafanaAuth, ["glsa_abc_1", "eyJrIjoi==", "admin:pass word ü", "anonymous"]);
    const message =
      "not a credential. Write a service account's token or user:password, without a line break at its end";
    rejects(field.grafanaAuth, ["glsa_abc\n", "a b", "gl\u0000sa", "glsä", "admin:pass\n"], message);
    for (const input of ["", 5, null, ["a"], { a: "b" }]) assert.ok(messages(field.grafanaAuth, input).length > 0);
  });

  it("httpUrlSuchAs shows an example that fits", () => {
    const type = field.httpUrlSuchAs("https://grafana.example.com");
    accepts(type, ["https://grafana.example.com", "http://localhost:3000/grafana/"]);
    rejects(
      type,
      ["grafana.example.com", "https://me:hunter2@grafana", "https://grafana?orgId=1", "https://grafana/#a", "", 5],
      "not an http(s) URL. Write scheme, host and path such as https://grafana.example.com, without credentials or query",
    );
  });
});

describe("the field secretText", () => {
  it("takes any text but the empty one", () => {
    accepts(field.secretText, ["tskey-api-x", " ", "ü"]);
    assert.equal(messages(field.secretText, "").length, 1);
    assert.equal(messages(field.secretText, 5).length, 1);
  });
});

describe("the field certificate", () => {
  const hint =
    "no certificate in PEM. Write its text, from -----BEGIN CERTIFICATE----- on; a private key has no place here";
  const key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n";

  it("is one certificate, or several, with one line break at its end", () => {
    for (const text of [CERTIFICATE, CERTIFICATE.trim(), `${CERTIFICATE}\n\n`]) {
      assert.equal(field.certificate.parse(text), CERTIFICATE);
    }
    assert.equal(field.certificate.parse(CERTIFICATE + CERTIFICATE), CERTIFICATE + CERTIFICATE);
    assert.ok(field.certificate.safeParse(CERTIFICATE.replaceAll("\n", "\r\n")).success);
  });

  it("is nothing else", () => {
    const [begin = ""] = CERTIFICATE.split("\n");
    for (const text of [
      "",
      "a",
      begin,
      CERTIFICATE.replace("END CERTIFICATE", "END KEY"),
      key,
      CERTIFICATE + key,
      key + CERTIFICATE,
    ]) {
      assert.deepEqual(messages(field.certificate, text), [hint]);
    }
  });
});
