import assert from "node:assert/strict";
import { validateCrossFields } from "../../stack/rules";
import { findings, parse } from "../support/findings";

const domain = "tail8d86e.ts.net";

describe("validateCrossFields", () => {
  it("has nothing to say about the defaults, nor about what did not parse", () => {
    assert.deepEqual(findings({}), []);
    assert.deepEqual(
      validateCrossFields({}, () => false),
      [],
    );
  });

  describe("cluster", () => {
    it("wants a context, or patterns", () => {
      assert.deepEqual(findings({ kubeContext: "" }), [
        "kubeContext: no cluster is named. Write the kubeconfig context of the cluster (kubectl config get-contexts), or patterns of the ones allowed in allowedKubeContexts.",
      ]);
      assert.deepEqual(findings({ kubeContext: "", allowedKubeContexts: ["kind-*"] }), []);
    });

    it("wants not both", () => {
      assert.deepEqual(findings({ allowedKubeContexts: ["kind-*"] }), [
        'allowedKubeContexts = ["kind-*"]: has no effect beside kubeContext = "c". Write one of the two.',
      ]);
    });

    // It has an error of its own.
    it("says nothing about a context that is wrong in itself", () => {
      assert.deepEqual(
        validateCrossFields({ allowedKubeContexts: [] }, () => false),
        [],
      );
    });
  });

  describe("resources", () => {
    it("refuses a request above its limit, by value", () => {
      assert.deepEqual(
        findings({ resources: { requests: { cpu: "2001m", memory: "1025Mi" }, limits: { cpu: "2", memory: "1Gi" } } }),
        [
          'resources.requests.cpu = "2001m": more than the limit of 2. Write at most the limit, or raise resources.limits.cpu.',
          'resources.requests.memory = "1025Mi": more than the limit of 1Gi. Write at most the limit, or raise resources.limits.memory.',
        ],
      );
    });

    it("allows a request of the limit, however it is written", () => {
      const resources = { requests: { cpu: "2000m", memory: "1024Mi" }, limits: { cpu: "2", memory: "1Gi" } };
      assert.deepEqual(findings({ resources }), []);
    });

    // Below it Tempo is killed before it serves anything.
    it("refuses memory in which Tempo does not start", () => {
      const limits = { ingestionBurst: "4Mi", ingestionRate: "4Mi", maxBytesPerTrace: "1Mi" };
      const line = (found: string): string =>
        `resources.limits.memory = "${found}": less than 128Mi, too little to work with; a number without a unit counts bytes. Write at least 128Mi.`;
      for (const memory of ["16Mi", "127Mi", "8000000"]) {
        assert.deepEqual(findings({ limits, resources: { requests: { memory }, limits: { memory } } }), [line(memory)]);
      }
      assert.deepEqual(findings({ resources: { requests: { memory: "128Mi" }, limits: { memory: "128Mi" } } }), []);
    });
  });

  describe("volume", () => {
    // A forgotten unit makes a volume of a few kilobytes.
    it("refuses a claim in which no block has room", () => {
      assert.deepEqual(findings({ volume: { size: "10240" } }), [
        'volume.size = "10240": less than 100Mi, too little to work with; a number without a unit counts bytes. Write at least 100Mi.',
      ]);
      assert.deepEqual(findings({ volume: { size: "100Mi" } }), []);
    });
  });

  describe("limits", () => {
    const message =
      'limits.ingestionBurst = "1Mi": smaller than a full OTLP message, which would be refused at every retry. Write at least receiver.maxMessageSize = 4Mi.';

    it("wants a burst as large as one message", () => {
      assert.deepEqual(findings({ limits: { ingestionBurst: "1Mi", ingestionRate: "1Mi" } }), [message]);
      assert.deepEqual(findings({ limits: { ingestionBurst: "4Mi" } }), []);
      assert.deepEqual(findings({ limits: { ingestionBurst: "4096Ki" } }), []);
    });

    it("wants a burst as large as a second of the rate", () => {
      assert.deepEqual(findings({ limits: { ingestionRate: "17Mi" } }), [
        'limits.ingestionBurst = "8M": smaller than a second of limits.ingestionRate = 17Mi. Write at least that.',
      ]);
      assert.equal(findings({ limits: { ingestionRate: "8000001" } }).length, 1);
      assert.deepEqual(findings({ limits: { ingestionRate: "8000k" } }), []);
    });

    it("tells both at once", () => {
      assert.deepEqual(findings({ limits: { ingestionBurst: "1Mi", ingestionRate: "4Mi" } }), [
        message,
        'limits.ingestionBurst = "1Mi": smaller than a second of limits.ingestionRate = 4Mi. Write at least that.',
      ]);
    });

    it("refuses a trace as large as the memory", () => {
      assert.deepEqual(findings({ limits: { maxBytesPerTrace: "1024Mi" } }), [
        'limits.maxBytesPerTrace = "1024Mi": not less than the memory limit of 1Gi, so that one trace could end the process. Write less.',
        `limits.maxBytesPerTrace = "1024Mi": more than fits into a message between Tempo's parts: such a trace is stored and answered by an error 500. Write at most 16Mi.`,
      ]);
    });

    it("allows a trace larger than a burst: it comes in many batches", () => {
      assert.deepEqual(findings({ limits: { maxBytesPerTrace: "16Mi" } }), []);
    });

    it("refuses a burst as large as the memory", () => {
      assert.deepEqual(findings({ limits: { ingestionBurst: "2Gi" } }), [
        'limits.ingestionBurst = "2Gi": not less than the memory limit of 1Gi, so that one burst could end the process. Write less.',
      ]);
    });

    // With a cap of a few bytes every span is refused or discarded.
    it("refuses caps that let nothing pass", () => {
      assert.deepEqual(findings({ limits: { ingestionRate: "4", maxBytesPerTrace: "5" } }), [
        'limits.ingestionRate = "4": less than 1Ki, too little to work with; a number without a unit counts bytes. Write at least 1Ki.',
        'limits.maxBytesPerTrace = "5": less than 1Ki, too little to work with; a number without a unit counts bytes. Write at least 1Ki.',
      ]);
    });
  });

  describe("retention", () => {
    it("refuses less than an hour", () => {
      assert.deepEqual(findings({ retention: "3599s", metricsGenerator: { maxSpanAge: "30m" } }), [
        'retention = "3599s": shorter than an hour, in which a trace is not even moved to a block safely. Write at least 1h.',
      ]);
      assert.deepEqual(findings({ retention: "60m", metricsGenerator: { maxSpanAge: "30m" } }), []);
    });

    it("refuses spans that are older than what is kept, by value", () => {
      const line =
        'metricsGenerator.maxSpanAge = "7d": not shorter than retention = 168h: such spans are deleted as they arrive. Write less.';
      assert.deepEqual(findings({ metricsGenerator: { maxSpanAge: "7d" } }), [line]);
      assert.deepEqual(findings({ metricsGenerator: { maxSpanAge: "6d23h" } }), []);
    });
  });

  describe("metricsGenerator", () => {
    it("refuses intervals that Prometheus cannot use", () => {
      for (const collectionInterval of ["1ms", "999ms", "301s", "1w"]) {
        assert.deepEqual(findings({ metricsGenerator: { collectionInterval } }), [
          `metricsGenerator.collectionInterval = "${collectionInterval}": not from 1s to 5m; after 5m without a sample Prometheus takes a series for ended. Write such as 15s.`,
        ]);
      }
      for (const collectionInterval of ["1s", "60s", "5m"]) {
        assert.deepEqual(findings({ metricsGenerator: { collectionInterval } }), []);
      }
    });

    // With 1ms no span would ever count.
    it("refuses an age that every span exceeds", () => {
      assert.deepEqual(findings({ metricsGenerator: { maxSpanAge: "1ms" } }), [
        'metricsGenerator.maxSpanAge = "1ms": shorter than 30s, which a span takes to arrive. Write at least 30s.',
      ]);
      assert.deepEqual(findings({ metricsGenerator: { maxSpanAge: "30s" } }), []);
    });
  });

  describe("storage", () => {
    const floor = (found: string, message: string): string => `storage.minRetention = "${found}": ${message}`;

    it("wants the guard where it shall act", () => {
      assert.deepEqual(findings({ storage: { guard: false, adaptiveRetention: true } }), [
        "storage.adaptiveRetention = true: has no effect without the guard, which does it. Write storage.guard true, or false here.",
      ]);
      assert.deepEqual(findings({ storage: { guard: true, adaptiveRetention: true } }), []);
      assert.deepEqual(findings({ storage: { guard: false, adaptiveRetention: false } }), []);
    });

    it("wants a floor of an hour at least", () => {
      assert.deepEqual(findings({ storage: { minRetention: "3599s" } }), [
        floor(
          "3599s",
          "shorter than an hour, in which a trace is not even moved to a block safely. Write at least 1h.",
        ),
      ]);
      assert.deepEqual(findings({ storage: { minRetention: "60m" } }), []);
    });

    it("wants a floor of the retention at most, by value, where it counts", () => {
      const above = floor("169h", "longer than retention = 168h, which could then never be shortened. Write less.");
      assert.deepEqual(findings({ storage: { adaptiveRetention: true, minRetention: "169h" } }), [above]);
      assert.deepEqual(findings({ storage: { adaptiveRetention: true, minRetention: "7d" } }), []);
      assert.deepEqual(findings({ storage: { adaptiveRetention: false, minRetention: "169h" } }), []);
    });
  });

  describe("a volume that is guarded", () => {
    const size = "255Mi";

    it("has room for what is being written", () => {
      assert.deepEqual(findings({ storage: { adaptiveRetention: true }, volume: { size } }), [
        'volume.size = "255Mi": too small to be kept below 95 %: what is being written takes a tenth of it. Write at least 256Mi, or storage.adaptiveRetention false.',
      ]);
      assert.deepEqual(findings({ storage: { adaptiveRetention: true }, volume: { size: "256Mi" } }), []);
      assert.deepEqual(findings({ storage: { adaptiveRetention: false }, volume: { size } }), []);
    });
  });

  describe("scrape", () => {
    it("wants somewhere to write to for Alloy", () => {
      assert.deepEqual(findings({ scrape: { method: "alloy" } }), [
        'scrape.method = "alloy": has nowhere to write to. Write prometheus.remoteWriteUrl, or another method.',
      ]);
      assert.deepEqual(
        findings({ scrape: { method: "alloy" }, prometheus: { remoteWriteUrl: "http://a/api/v1/write" } }),
        [],
      );
      // A section that did not parse has an error of its own.
      const { scrape } = parse({ scrape: { method: "alloy" } });
      assert.deepEqual(
        validateCrossFields({ scrape }, () => false),
        [],
      );
    });

    it("refuses intervals for which the dashboards are not made", () => {
      for (const interval of ["4999ms", "61s", "5m"]) {
        assert.deepEqual(findings({ scrape: { interval } }), [
          `scrape.interval = "${interval}": not from 5s to 1m, which the dashboards take for granted. Write such as 30s.`,
        ]);
      }
      for (const interval of ["5s", "60s", "1m"]) assert.deepEqual(findings({ scrape: { interval } }), []);
    });
  });

  describe("versions", () => {
    const tempo =
      "not Tempo 2, which alone understands the configuration that is written here. Write a version from 2.10 on, of 2.x.";
    const chart = "not of the chart's 2.x line, which deploys Tempo 2. Write a 2.x version such as 2.2.4.";

    // Tempo 3 does not start with a configuration for Tempo 2.
    it("refuses another major version of Tempo and of its chart", () => {
      for (const image of ["grafana/tempo:3.0.0", "grafana/tempo:1.5.0", "ghcr.io/grafana/tempo:v3.1.0"]) {
        assert.deepEqual(findings({ image }), [`image = "${image}": ${tempo}`]);
      }
      assert.deepEqual(findings({ chartVersion: "3.0.0" }), [`chartVersion = "3.0.0": ${chart}`]);
      assert.deepEqual(findings({ chartVersion: "1.24.4" }), [`chartVersion = "1.24.4": ${chart}`]);
    });

    it("has no opinion on other images, nor on a version that a path does not use", () => {
      assert.deepEqual(findings({ image: "example.com/tempo:20260131" }), []);
      assert.deepEqual(findings({ image: "grafana/tempo:main-0a1b2c3" }), []);
      assert.deepEqual(findings({ chart: "./charts/tempo", chartVersion: "3.0.0" }), []);
    });
  });

  describe("tailnet", () => {
    const secret = (key: string): boolean => key === "tailnet";

    it("refuses one name for both", () => {
      assert.deepEqual(findings({ tailnet: { domain, queryHostname: "a", otlpHostname: "b" } }), []);
      const [line] = findings({ tailnet: { domain, otlpHostname: "tempo" } });
      assert.match(
        line ?? "",
        /^tailnet\.otlpHostname = "tempo": the same as tailnet\.queryHostname; a name serves one port only\. /,
      );
    });

    it("does not advise the name that is taken", () => {
      assert.deepEqual(findings({ tailnet: { domain, queryHostname: "tempo-otlp" } }), [
        'tailnet.otlpHostname = "tempo-otlp": the same as tailnet.queryHostname; a name serves one port only. Write two, such as tempo and tempo-otlp.',
      ]);
    });

    it("refuses a name for gRPC that serves already", () => {
      const of = (names: object): string[] => findings({ tailnet: { domain, ...names } });
      assert.deepEqual(of({ otlpGrpcHostname: "tempo-otlp-grpc" }), []);
      for (const [otlpGrpcHostname, other] of [
        ["tempo", "queryHostname"],
        ["tempo-otlp", "otlpHostname"],
      ]) {
        assert.deepEqual(of({ otlpGrpcHostname }), [
          `tailnet.otlpGrpcHostname = "${otlpGrpcHostname ?? ""}": the same as tailnet.${other ?? ""}; a name serves one port only. Write two, such as tempo and tempo-otlp.`,
        ]);
      }
      assert.equal(of({ queryHostname: "a", otlpHostname: "a", otlpGrpcHostname: "a" }).length, 2);
    });

    it("refuses a wait of more than ten minutes", () => {
      assert.deepEqual(findings({ tailnet: { domain, addressTimeout: "10m1s" } }), [
        'tailnet.addressTimeout = "10m1s": longer than 10m, for which an `up` would hang where no operator answers. Write less.',
      ]);
      assert.deepEqual(findings({ tailnet: { domain, addressTimeout: "600s" } }), []);
    });

    it("wants both halves of an OAuth client", () => {
      assert.deepEqual(findings({ tailnet: { domain, oauthClientId: "i" } }, secret), [
        "tailnet.oauthClientSecret: missing beside its other half. Write both, or neither.",
      ]);
      assert.deepEqual(findings({ tailnet: { domain, oauthClientSecret: "s" } }, secret), [
        "tailnet.oauthClientId: missing beside its other half. Write both, or neither.",
      ]);
      assert.deepEqual(findings({ tailnet: { domain, oauthClientId: "i", oauthClientSecret: "s" } }, secret), []);
    });

    it("wants one kind of credentials", () => {
      const tailnet = { domain, apiKey: "k", oauthClientId: "i", oauthClientSecret: "s" };
      assert.deepEqual(findings({ tailnet }, secret), [
        "tailnet.apiKey = [secret]: given together with an OAuth client. Write one of the two credentials.",
      ]);
      assert.deepEqual(findings({ tailnet: { domain, apiKey: "k" } }, secret), []);
    });

    it("refuses secrets in plain text and does not repeat them", () => {
      assert.deepEqual(findings({ tailnet: { domain, apiKey: "tskey-1" } }), [
        "tailnet.apiKey = [plain text]: a secret in plain text. Write it with: pulumi config set --path --secret tailnet.apiKey.",
      ]);
      assert.deepEqual(findings({ tailnet: { domain, oauthClientId: "i", oauthClientSecret: "tskey-2" } }), [
        "tailnet.oauthClientSecret = [plain text]: a secret in plain text. Write it with: pulumi config set --path --secret tailnet.oauthClientSecret.",
      ]);
    });
  });

  describe("networkPolicy", () => {
    const line = "networkPolicy: lets nobody in. Write who may query, scrape or send, or {} for no policy.";

    it("refuses one that lets nobody in", () => {
      assert.deepEqual(findings({ networkPolicy: { query: [], metrics: [], otlp: [] } }), [line]);
      assert.deepEqual(findings({ networkPolicy: { proxies: { namespace: "tailscale" } } }), [line]);
    });

    it("allows none, one with a peer of any kind, and one for the tailnet's proxies alone", () => {
      assert.deepEqual(findings({ networkPolicy: {} }), []);
      for (const key of ["query", "metrics", "otlp"]) {
        assert.deepEqual(findings({ networkPolicy: { [key]: [{ namespace: "a" }] } }), [], key);
      }
      assert.deepEqual(findings({ tailnet: { domain }, networkPolicy: { query: [] } }), []);
    });

    it("says nothing about peers that have errors of their own", () => {
      const networkPolicy = { query: undefined, metrics: [], otlp: [] };
      assert.deepEqual(
        validateCrossFields({ networkPolicy, tailnet: undefined }, () => false),
        [],
      );
    });
  });

  it("tells the findings of all rules at once", () => {
    const all = findings({
      kubeContext: "",
      resources: { requests: { memory: "2Gi" } },
      limits: { ingestionRate: "17Mi" },
      metricsGenerator: { maxSpanAge: "30d" },
      tailnet: { domain, apiKey: "k", oauthClientId: "i" },
    });
    assert.deepEqual(
      all.map((line) => line.slice(0, line.search(/[: ]/))),
      [
        "kubeContext",
        "resources.requests.memory",
        "limits.ingestionBurst",
        "metricsGenerator.maxSpanAge",
        "tailnet.oauthClientSecret",
        "tailnet.apiKey",
        "tailnet.apiKey",
      ],
    );
  });
});
