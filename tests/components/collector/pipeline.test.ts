import assert from "node:assert/strict";
import { SpanKind, SpanStatusCode, type Attributes } from "@opentelemetry/api";
import { BATCH_BYTES } from "../../../components/collector/budget";
import { Random } from "../../../bench/load/random";
import { runLoad, type Sent } from "../../../bench/load/run";
import { Sender } from "../../../bench/load/sender";
import type { PlannedSpan } from "../../../bench/load/spans";
import type { ServiceName } from "../../../bench/load/services";
import { homelab } from "../../../bench/load/traffic";
import { HANG, OtlpReceiver, refuse, TAKE, type ReceivedSpan, type ReceiverOptions } from "../../support/otlpReceiver";
import { skipWithout } from "../../support/skip";
import { Alloy, findAlloy, until } from "./support/alloy";
import { findOpenssl } from "../../support/findProgram";
import { selfSigned } from "./support/certificates";
import { Relay } from "./support/relay";
import type { Changes } from "../../stack/program/stacks";
import { variantOf } from "./variants";

/** A receiver and a collector that sends to it, with the settings of the stack prod but for these. */
async function start(
  section: Changes = {},
  options: ReceiverOptions = {},
): Promise<{ receiver: OtlpReceiver; alloy: Alloy; stop: () => Promise<void> }> {
  const receiver = new OtlpReceiver(options);
  await receiver.start();
  try {
    const { collector, endpoint } = variantOf({ endpoint: receiver.url, remoteWriteUrl: undefined, ...section });
    const alloy = await Alloy.start(collector, endpoint);
    const stop = async (): Promise<void> => {
      await Promise.all([receiver.stop(), alloy.stop()]);
    };
    return { receiver, alloy, stop };
  } catch (error) {
    await receiver.stop();
    throw error;
  }
}

let seed = 0;

/** Sends traces of a household into a collector, as its services do; each load has spans of its own. */
async function send(alloy: Alloy, traces: number, traffic = homelab): Promise<Sent> {
  return await runLoad({ endpoint: alloy.otlpUrl, rate: 2_000, duration: traces / 2_000, seed: ++seed, traffic });
}

/** One request with a path so long that what an SDK sends at once, 512 spans, is more than one batch holds. */
const long: typeof homelab = [
  {
    weight: 1,
    request: { service: "hermes", method: "GET", path: `/${"a".repeat(BATCH_BYTES / 400)}`, median: 5, spread: 0.1 },
  },
];

/** All at once, since a span waits for others on its way. */
async function eachOf<T>(cases: readonly T[], check: (one: T) => Promise<void>): Promise<void> {
  await Promise.all(cases.map(check));
}

/** How often each span has been taken, by its identifiers. */
function copies(spans: readonly ReceivedSpan[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { traceId, spanId } of spans) {
    const id = `${traceId}/${spanId}`;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** Waits until as many spans have arrived as were sent and nothing is left to send, and that none came twice. */
async function assertEachOnce(receiver: OtlpReceiver, alloy: Alloy, sent: readonly Sent[]): Promise<void> {
  const spans = sent.reduce((sum, one) => sum + one.spans, 0);
  await until(`${spans} spans in the receiver`, () => copies(receiver.taken).size >= spans);
  await until("an empty queue", async () => (await alloy.metric("otelcol_exporter_queue_size")) === 0);
  const { taken } = receiver;
  assert.equal(copies(taken).size, spans);
  assert.equal(taken.length, spans, "none comes twice");
}

/** Waits until a receiver has got a request after what it got before. */
async function nextRequest(receiver: OtlpReceiver): Promise<void> {
  const before = receiver.requests.length;
  await until("a request", () => receiver.requests.length > before);
}

/** Every request is compressed, and none exceeds the limit of a batch, which one at least was close to. */
function assertBatches({ requests }: OtlpReceiver): void {
  assert.deepEqual([...new Set(requests.map(({ compression }) => compression))], ["gzip"]);
  const largest = Math.max(...requests.map(({ bytes }) => bytes));
  assert.ok(largest <= BATCH_BYTES && largest > BATCH_BYTES * 0.9, `the largest request has ${largest} bytes`);
}

/** A receiver that does not answer, and then one that answers later than the client waits. */
async function unanswered(): Promise<void> {
  const { receiver, alloy, stop } = await start();
  try {
    receiver.behaviour = HANG;
    const unanswered = await send(alloy, 20);
    await until("requests that are not answered", () => receiver.arrived.length === unanswered.spans);
    // Longer than the client's timeout.
    receiver.behaviour = { kind: "take", after: 31_000 };
    const late = await send(alloy, 20);
    await until("a request that is answered late", () => receiver.taken.length === late.spans);
    receiver.behaviour = TAKE;
    await until("all spans, some twice", () => receiver.taken.length === unanswered.spans + 2 * late.spans);
    await until("an empty queue", async () => (await alloy.metric("otelcol_exporter_queue_size")) === 0);
    const counts = [...copies(receiver.taken).values()];
    assert.equal(counts.filter((count) => count === 1).length, unanswered.spans);
    assert.equal(counts.filter((count) => count === 2).length, late.spans);
  } finally {
    await stop();
  }
}

/** A connection that goes silent without an end, while new ones would work. */
async function silence(protocol: "http" | "grpc"): Promise<void> {
  // Over TLS, since OTLP over HTTP keeps one connection, with HTTP/2, only there.
  const tls = protocol === "http" ? await selfSigned("IP:127.0.0.1") : undefined;
  const receiver = new OtlpReceiver({ protocol, ...(tls && { tls }) });
  await receiver.start();
  const { port, protocol: scheme } = new URL(receiver.url);
  const relay = new Relay(Number(port));
  const endpoint = `${scheme}//127.0.0.1:${await relay.start()}`;
  const { collector } = variantOf({ endpoint, protocol, remoteWriteUrl: undefined, caCertificate: tls?.cert });
  const alloy = await Alloy.start(collector, endpoint);
  try {
    const sent = [await send(alloy, 20)];
    await assertEachOnce(receiver, alloy, sent);
    relay.silence();
    sent.push(await send(alloy, 20));
    await assertEachOnce(receiver, alloy, sent);
  } finally {
    await Promise.all([alloy.stop(), relay.stop(), receiver.stop()]);
  }
}

describe("the collector's pipeline", function () {
  // Alloy gives up on an answer after 30 s, and comes again up to 30 s after that.
  this.timeout(180_000);

  before(function () {
    skipWithout(this, findAlloy());
  });

  it("loses nothing while the receiver refuses, is away, hangs and comes back, and Alloy is killed twice meanwhile", async () => {
    const { receiver, alloy, stop } = await start();
    try {
      const sent = [await send(alloy, 200)];
      await assertEachOnce(receiver, alloy, sent);

      receiver.behaviour = refuse(503);
      sent.push(await send(alloy, 300));
      await nextRequest(receiver);
      receiver.behaviour = refuse(429);
      await nextRequest(receiver);

      await receiver.stop();
      sent.push(await send(alloy, 300), await send(alloy, 1_500, long));
      await alloy.killAndRestart();
      sent.push(await send(alloy, 300));

      receiver.behaviour = HANG;
      await receiver.start();
      await nextRequest(receiver);
      sent.push(await send(alloy, 300));
      await alloy.killAndRestart();

      receiver.behaviour = TAKE;
      await assertEachOnce(receiver, alloy, sent);
      assertBatches(receiver);
      assert.equal(await alloy.metric("otelcol_exporter_enqueue_failed_spans_total"), 0);
      assert.equal(await alloy.metric("otelcol_exporter_send_failed_spans_total"), 0);
    } finally {
      await stop();
    }
  });

  it("comes again when the receiver says, and not before", async () => {
    const { receiver, alloy, stop } = await start();
    try {
      const seconds = 4;
      receiver.behaviour = refuse(429, seconds);
      const sent = await send(alloy, 20);
      await nextRequest(receiver);
      receiver.behaviour = TAKE;
      await assertEachOnce(receiver, alloy, [sent]);
      const [refused] = receiver.requests;
      const [first] = refused?.spans ?? [];
      const again = receiver.requests
        .slice(1)
        .find(({ spans }) => spans.some(({ spanId }) => spanId === first?.spanId));
      assert.ok(refused && again);
      assert.ok(again.at - refused.at >= seconds * 1_000, `it came again after ${again.at - refused.at} ms`);
    } finally {
      await stop();
    }
  });

  it("loses nothing over gRPC, when the receiver refuses, is away and comes back", async () => {
    const { receiver, alloy, stop } = await start({ protocol: "grpc" }, { protocol: "grpc" });
    try {
      const sent = [await send(alloy, 100)];
      await assertEachOnce(receiver, alloy, sent);

      const [resourceExhausted, unavailable] = [8, 14];
      receiver.behaviour = refuse(unavailable);
      sent.push(await send(alloy, 100));
      await nextRequest(receiver);
      // Without saying when to come again it would mean for good: the protocol has it so.
      receiver.behaviour = refuse(resourceExhausted, 1);
      await nextRequest(receiver);
      await receiver.stop();
      sent.push(await send(alloy, 1_500, long));
      await alloy.killAndRestart();

      receiver.behaviour = TAKE;
      await receiver.start();
      await assertEachOnce(receiver, alloy, sent);
      assertBatches(receiver);
    } finally {
      await stop();
    }
  });

  describe("when no answer comes", () => {
    // Each waits for half a minute, so they do it at the same time.
    const scenarios = {
      "gives up and sends again, which a receiver that answers too late takes twice": unanswered,
      "leaves an HTTP connection that has gone silent, and sends through a new one": () => silence("http"),
      "leaves a gRPC connection that has gone silent, and sends through a new one": () => silence("grpc"),
    };
    const outcomes: Promise<unknown>[] = [];

    before(function () {
      skipWithout(this, findOpenssl());
      for (const run of Object.values(scenarios)) {
        outcomes.push(
          run().then(
            () => undefined,
            (error: unknown) => error,
          ),
        );
      }
    });

    for (const [index, title] of Object.keys(scenarios).entries()) {
      it(title, async () => {
        assert.ifError(await outcomes[index]);
      });
    }
  });

  describe("over TLS", () => {
    before(function () {
      skipWithout(this, findOpenssl());
    });

    it("sends to whom its authority has certified, and to nobody else", async () => {
      const [right, stranger, elsewhere] = await Promise.all([
        selfSigned("IP:127.0.0.1"),
        selfSigned("IP:127.0.0.1"),
        selfSigned("DNS:tempo.example.com"),
      ]);
      const trusted = await start({ caCertificate: right.cert }, { tls: right });
      const unknown = await start({}, { tls: stranger });
      const misnamed = await start({ caCertificate: elsewhere.cert }, { tls: elsewhere });
      try {
        const all = [trusted, unknown, misnamed];
        const sent = await Promise.all(all.map(({ alloy }) => send(alloy, 20)));
        const [first] = sent;
        assert.ok(first);
        await assertEachOnce(trusted.receiver, trusted.alloy, [first]);
        for (const { receiver } of [unknown, misnamed]) {
          await until("a connection that is given up", () => receiver.failedHandshakes > 1);
          assert.equal(receiver.requests.length, 0);
        }
      } finally {
        await Promise.all([trusted.stop(), unknown.stop(), misnamed.stop()]);
      }
    });
  });

  describe("what a span says when it arrives", () => {
    let started: Awaited<ReturnType<typeof start>> | undefined;

    before(async () => {
      const services = [
        {
          name: "frigate",
          namespace: "frigate",
          deployment: "frigate",
          // What the first matches, the second and the third match as well.
          routes: ["/api/events/{id}/clip.mp4", "/api/events/{id}/{part}", "/api/*"],
        },
        { name: "ollama", namespace: "ollama", deployment: "ollama" },
      ];
      started = await start({ services, clusterName: "elsewhere" });
    });
    after(() => started?.stop());

    /** Sends one span through the collector. */
    async function through(service: ServiceName, span: Partial<Pick<PlannedSpan, "name" | "kind" | "attributes">>) {
      assert.ok(started);
      const { receiver, alloy } = started;
      const sender = new Sender(alloy.otlpUrl, new Random(++seed));
      const traceId = sender.send({
        ...{ service, name: "GET", kind: SpanKind.SERVER, attributes: {}, ...span },
        ...{ start: 0, end: 1, status: SpanStatusCode.UNSET, children: [] },
      });
      await sender.stop();
      const find = (): ReceivedSpan | undefined => receiver.taken.find((taken) => taken.traceId === traceId);
      await until("the span", () => find() !== undefined);
      const arrived = find();
      assert.ok(arrived);
      return arrived;
    }

    it("holds no query and no credentials, by today's and by earlier conventions", async () => {
      const { name, attributes } = await through("immich", {
        name: "GET /album?token=SECRET",
        kind: SpanKind.CLIENT,
        attributes: {
          "url.query": "token=SECRET",
          "url.fragment": "SECRET",
          "url.full": "https://user:SECRET@SECRET@immich.example.com/album?token=SECRET#SECRET",
          "url.original": "//SECRET@immich.example.com/album#SECRET?token=SECRET",
          "http.url": "http://user:SECRET@immich.example.com:2283/album?mail=a@example.com&token=SECRET",
          "url.path": "/album?token=SECRET",
          "http.target": "/album?token=SECRET",
          "http.request.method": "GET",
          "server.port": 2283,
        },
      });
      assert.equal(name, "GET /album");
      assert.deepEqual(attributes, {
        "url.full": "https://immich.example.com/album",
        "url.original": "//immich.example.com/album",
        "http.url": "http://immich.example.com:2283/album",
        "url.path": "/album",
        "http.target": "/album",
        "http.request.method": "GET",
        "server.port": 2283,
      });
    });

    it("removes a query from a name, and takes no other `#` or `?` for one", async () => {
      await eachOf(
        [
          ["UsersController#show", "UsersController#show"],
          ["GET /users/#1?a=SECRET next", "GET /users/#1 next"],
          ["what? nothing", "what? nothing"],
        ] as const,
        async ([name, arriving]) => {
          assert.equal((await through("immich", { name })).name, arriving);
        },
      );
    });

    it("has the route that matches first, in its name as well", async () => {
      await eachOf(
        [
          ["/api/events/17/clip.mp4", "/api/events/{id}/clip.mp4"],
          ["/api/events/17/thumbnail.jpg?token=1", "/api/events/{id}/{part}"],
          ["/api/stats", "/api/*"],
        ] as const,
        async ([path, route]) => {
          const attributes = { "url.path": path, "http.request.method": "GET", "http.route": "/**" };
          const arrived = await through("frigate", { name: "GET /**", attributes });
          assert.deepEqual([arrived.attributes["http.route"], arrived.name], [route, `GET ${route}`], path);
        },
      );
    });

    it("is as it was where no route matches, in a client's span, and for services without routes", async () => {
      const path = (path: string): Attributes => ({ "url.path": path, "http.request.method": "GET" });
      await eachOf(
        [
          ["frigate", SpanKind.SERVER, { ...path("/live/17"), "http.route": "/live/*" }, "GET /live/*"],
          ["frigate", SpanKind.CLIENT, path("/api/stats"), "GET"],
          ["ollama", SpanKind.SERVER, path("/api/stats"), "GET"],
          ["immich", SpanKind.SERVER, path("/api/stats"), "GET"],
        ] as const,
        async ([service, kind, attributes, name]) => {
          const arrived = await through(service, { name, kind, attributes });
          assert.deepEqual([arrived.name, arrived.attributes], [name, attributes], service);
        },
      );
    });

    it("names the cluster, where the sender did not", async () => {
      await eachOf(
        [
          ["caddy", "elsewhere"],
          ["ollama", "ringtail"],
        ] as const,
        async ([service, cluster]) => {
          assert.equal((await through(service, {})).resource["k8s.cluster.name"], cluster);
        },
      );
    });
  });
});
