import assert from "node:assert/strict";
import { findControllers } from "../support/apiServer";
import { findCaddy } from "../support/caddy";
import { findBuilt, setting } from "../support/findProgram";
import { skipWithout } from "../support/skip";
import { EngineStack, type Step } from "./support/engine";
import { LOCAL_NAMESPACE, startHomelab, type Homelab } from "./support/homelab";

/** Whether they are to run: they take as long as all other tests together. `.ci/run` sets it. */
const VARIABLE = "TEMPO_ENGINE_TESTS";

/** Two cores that compile something else meanwhile need it, in ms. */
const TIMEOUT = 300_000;

describe("the stacks on a real engine and a real API server", function () {
  this.timeout(TIMEOUT);
  // Each step stands on the one before it.
  this.bail(true);

  let lab: Homelab | undefined;
  let local: EngineStack;
  const homelab = (): Homelab => lab ?? assert.fail("the lab was not started");

  before(async function () {
    const engine = findBuilt("pulumi", "pulumi-resource-kubernetes");
    const controllers = findControllers();
    if (setting(VARIABLE) === undefined) skipWithout(this, { missing: `set ${VARIABLE}=yes, as .ci/run does` });
    skipWithout(this, engine);
    skipWithout(this, controllers);
    skipWithout(this, findCaddy());
    if ("missing" in engine || "missing" in controllers) return;
    lab = await startHomelab(engine, controllers);
    process.env["KUBECONFIG"] = lab.cluster.kubeconfig;
    local = await stackOf("local");
  });

  after(() => lab?.stop());

  function stackOf(name: "local" | "prod"): Promise<EngineStack> {
    const { engine, folder, program, configOf } = homelab();
    return new EngineStack(engine, name, folder, program, configOf(name)).create();
  }

  it("comes up", async () => {
    const { steps } = await local.up();
    assert.deepEqual(opsOf(steps), ["create"]);
  });

  it("previews without changes", async () => {
    assert.deepEqual((await local.preview()).steps, []);
  });

  it("leaves the claim and the namespace when it is destroyed", async () => {
    await local.destroy();
    await homelab().get(`/api/v1/namespaces/${LOCAL_NAMESPACE}/persistentvolumeclaims/data-tempo-0`);
  });
});

const opsOf = (steps: readonly Step[]): string[] => [...new Set(steps.map(({ op }) => op))].sort();
