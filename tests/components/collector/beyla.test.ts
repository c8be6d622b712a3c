import assert from "node:assert/strict";
import { beyla, groups, type Group } from "../../../components/collector/beyla";
import { ref, renderAlloy, component } from "../../../components/alloy/syntax";
import { IGNORED_ROUTES } from "../../../lib/schema/routePattern";
import type { InstrumentedService } from "../../../components/contracts/settings";
import { blockAt, blocksOf, parseAlloy, type ParsedBlock } from "../alloy/parse";
import { sectionOf, without, type Changes } from "../../stack/program/stacks";
import { configOf, variantOf } from "./variants";

const service = (name: string, more: object = {}): InstrumentedService => {
  const [parsed] = variantOf({ services: [{ name, namespace: "a", deployment: name, ...more }] }).collector.services;
  assert.ok(parsed);
  return parsed;
};

/** An instance of Beyla for services, read back. */
function instanceOf(
  services: readonly InstrumentedService[],
  propagation: "accept" | "inject" = "accept",
): ParsedBlock {
  const [group] = groups(services);
  assert.ok(group);
  const sink = component("otelcol.processor.memory_limiter", "a", []);
  const input = ref("otelcol.processor.memory_limiter", "a", "input");
  const text = renderAlloy([sink, beyla(group, { clusterName: "ringtail", propagation }, input)]);
  return blockAt(parseAlloy(text), "beyla.ebpf");
}

const instrumented = (instance: ParsedBlock): ParsedBlock[] =>
  blocksOf(blockAt(instance.blocks, "discovery").blocks, "instrument");

describe("the instances of Beyla", () => {
  const shape = (made: readonly Group[]) =>
    made.map(({ label, services }) => [label, services.map(({ name }) => name)]);

  it("are one for each set of ignored routes, whatever their order", () => {
    const made = groups([
      service("one", { ignoredRoutes: ["/a", "/b"] }),
      service("two", { ignoredRoutes: [] }),
      service("three", { ignoredRoutes: ["/b", "/a"] }),
      service("four"),
    ]);
    assert.deepEqual(shape(made), [
      ["services_1", ["one", "three"]],
      ["services_2", ["two"]],
      ["services_3", ["four"]],
    ]);
    assert.deepEqual(made[0]?.ignoredRoutes, ["/a", "/b"]);
  });

  it("instrument every service of the settings once", () => {
    const variant = variantOf();
    const names = blocksOf(parseAlloy(configOf(variant)), "beyla.ebpf")
      .flatMap(instrumented)
      .map(({ attributes }) => attributes["name"]);
    assert.deepEqual(names, ["frigate", "ntfy", "ollama", "immich"]);
    assert.equal(new Set(names).size, names.length);
  });

  // Each loads all programs into the kernel once more.
  it("are one for all services, unless one has a list of its own", () => {
    const labelsOf = (section: Changes): (string | undefined)[] =>
      blocksOf(parseAlloy(configOf(variantOf(section))), "beyla.ebpf").map(({ label }) => label);
    assert.deepEqual(labelsOf({}), ["services_1"]);
    assert.deepEqual(labelsOf({ ignoredRoutes: ["/a"] }), ["services_1"]);
    const [first, ...others] = sectionOf("prod", "collector")["services"] as object[];
    assert.deepEqual(labelsOf({ services: [{ ...first, ignoredRoutes: [] }, ...others] }), [
      "services_1",
      "services_2",
    ]);
  });

  it("ignore what the collector's list says where a service says nothing", () => {
    const ignored = (section: Changes) => variantOf(section).collector.services.map((each) => each.ignoredRoutes);
    const a = { name: "a", namespace: "a", deployment: "a" };
    const b = { ...a, name: "b", deployment: "b" };
    const ignoredRoutes = ["/x", "/y/*"];
    assert.deepEqual(ignored({ ignoredRoutes, services: [a, { ...b, ignoredRoutes: ["/z"] }] }), [
      ignoredRoutes,
      ["/z"],
    ]);
    assert.deepEqual(ignored({ ignoredRoutes: undefined, services: [a] }), [IGNORED_ROUTES]);
    assert.deepEqual(ignored({ ignoredRoutes: [], services: [a, { ...b, ignoredRoutes: [] }] }), [[], []]);
  });

  it("are as many as before when a service is added that ignores the same", () => {
    const services = [service("one"), service("two")];
    assert.equal(groups(services).length, 1);
    assert.equal(groups([...services, service("three")]).length, 1);
  });
});

describe("a listed service", () => {
  it("is its namespace and its workload together, and no port", () => {
    for (const [kind, attribute] of [
      ["deployment", "deployment_name"],
      ["statefulSet", "statefulset_name"],
      ["daemonSet", "daemonset_name"],
    ] as const) {
      const plain = without(service("a"), "deployment");
      const [entry, ...more] = instrumented(instanceOf([{ ...plain, [kind]: "frigate" }]));
      assert.deepEqual(more, []);
      assert.deepEqual(entry?.attributes, { name: "a" });
      assert.deepEqual(blockAt(entry.blocks, "kubernetes").attributes, { namespace: "a", [attribute]: "frigate" });
      assert.deepEqual(
        entry.blocks.map(({ name }) => name),
        ["kubernetes"],
      );
    }
    // A neighbour in the same namespace is not meant, nor a port of anybody's.
    assert.doesNotMatch(configOf(variantOf()), /open_ports|exe_path +?= "[^{]/);
  });

  it("may be told by the labels of its pods, beside its workload or alone", () => {
    const labels = { "app.kubernetes.io/name": "immich", tier: "server" };
    const [entry] = instrumented(instanceOf([service("a", { labels })]));
    assert.ok(entry);
    assert.deepEqual(blockAt(entry.blocks, "kubernetes").attributes, {
      namespace: "a",
      deployment_name: "a",
      pod_labels: { map: labels },
    });
  });

  it("is sampled where its traces begin, and otherwise as the caller decided", () => {
    const [all] = instrumented(instanceOf([service("a")]));
    assert.deepEqual(blocksOf(all?.blocks ?? [], "sampler"), []);
    const [some] = instrumented(instanceOf([service("a", { sampling: 0.1 })]));
    assert.ok(some);
    assert.deepEqual(blockAt(some.blocks, "sampler").attributes, { name: "parentbased_traceidratio", arg: "0.1" });
  });

  it("is left out when it is the collector itself or exports by itself, and for no other reason", () => {
    const discovery = blockAt(instanceOf([service("a")]).blocks, "discovery");
    assert.equal(discovery.attributes["exclude_otel_instrumented_services"], true);
    assert.deepEqual(
      blocksOf(discovery.blocks, "default_exclude_instrument").map(({ attributes, blocks }) => [attributes, blocks]),
      [[{ exe_path: "{*beyla,*alloy,*otelcol*}" }, []]],
    );
  });
});

describe("the paths of a service", () => {
  it("never become names as they are, and its probes make no trace", () => {
    const routes = blockAt(instanceOf([service("a", { ignoredRoutes: ["/healthz", "/live/*"] })]).blocks, "routes");
    assert.deepEqual(routes.attributes, {
      unmatched: "low-cardinality",
      ignored_patterns: ["/healthz", "/live/*"],
      ignore_mode: "traces",
    });
  });
});

describe("trace contexts", () => {
  const ebpf = (propagation: "accept" | "inject") =>
    blockAt(instanceOf([service("a")], propagation).blocks, "ebpf").attributes;

  it("are read in any case, and written into requests only where the settings say so", () => {
    for (const [propagation, written] of [
      ["accept", "disabled"],
      ["inject", "headers"],
    ] as const) {
      const { track_request_headers: read, context_propagation: propagated } = ebpf(propagation);
      assert.deepEqual([read, propagated], [true, written]);
    }
  });

  it("and spans are read at once, so that those of a process that ends are not dropped", () => {
    assert.equal(ebpf("accept")["wakeup_len"], 1);
  });
});
