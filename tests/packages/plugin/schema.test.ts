import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fieldsOf, settingsIn, type Setting } from "../../../lib/schema/walk";
import { outputKinds } from "../../../packages/consumer";
import { refusedSettings } from "../../../packages/plugin/settings";
import { schema as settings } from "../../../stack/schema";
import { ROOT } from "../../stack/program/stacks";

/** What Pulumi makes of the package, as far as it matters here. */
interface PackageSchema {
  readonly name: string;
  readonly resources: Readonly<Record<string, ResourceSchema>>;
  readonly types: Readonly<Record<string, { readonly properties: Properties; readonly required?: readonly string[] }>>;
}

interface ResourceSchema {
  readonly inputProperties: Properties;
  readonly requiredInputs: readonly string[];
  readonly properties: Properties;
}

type Properties = Readonly<Record<string, Property>>;

interface Property {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property;
  readonly plain?: boolean;
}

/** Starts the package as Pulumi's language host does, and asks for its schema as the engine does. */
async function readSchema(): Promise<PackageSchema> {
  const start = require.resolve("@pulumi/pulumi/cmd/run-plugin");
  const host = spawn(process.execPath, [start, join(ROOT, "packages/plugin"), "127.0.0.1:1"], {
    // In the folder of the program that uses it.
    cwd: join(ROOT, "examples/package-python"),
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const port = await new Promise<string>((resolve, reject) => {
      host.once("exit", (code) => {
        reject(new Error(`the package ended with ${code ?? "a signal"}`));
      });
      host.stdout.once("data", (data: Buffer) => {
        resolve(data.toString().trim());
      });
    });
    /* oxlint-disable typescript/no-require-imports -- neither has typings that name what is used here */
    const { ResourceProviderClient } = require("@pulumi/pulumi/proto/provider_grpc_pb") as {
      ResourceProviderClient: new (address: string, credentials: unknown) => Client;
    };
    const { GetSchemaRequest } = require("@pulumi/pulumi/proto/provider_pb") as { GetSchemaRequest: new () => object };
    const { credentials } = require("@grpc/grpc-js") as { credentials: { createInsecure(): unknown } };
    /* oxlint-enable typescript/no-require-imports */
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
    const text = await new Promise<string>((resolve, reject) => {
      client.getSchema(new GetSchemaRequest(), (error, response) => {
        if (error) reject(error);
        else resolve(response.getSchema());
      });
    });
    client.close();
    return JSON.parse(text) as PackageSchema;
  } finally {
    host.kill();
  }
}

interface Client {
  getSchema(request: object, answer: (error: Error | null, response: { getSchema(): string }) => void): void;
  close(): void;
}

/** Settings by their whole names; what a list or a section of free keys has inside has no name. */
function namesIn(settings: readonly Setting[]): string[] {
  return settings.flatMap(({ path, settings: below }) => (below ? namesIn(below) : [path.replaceAll("[]", "")]));
}

/** The same of arguments. */
function argumentsIn({ types }: PackageSchema, properties: Properties, path = ""): string[] {
  return Object.entries(properties).flatMap(([key, property]) => {
    const name = path === "" ? key : `${path}.${key}`;
    const reference = (property.items ?? property).$ref?.replace("#/types/", "");
    const section = reference === undefined ? undefined : types[reference];
    return section ? argumentsIn({ types } as PackageSchema, section.properties, name) : [name];
  });
}

describe("the package", function () {
  // A compiler reads it, on two cores that do something else meanwhile.
  let found: PackageSchema;

  before(async () => {
    found = await readSchema();
  });

  const resource = (name: string): ResourceSchema => {
    const schema = found.resources[`tempo:index:${name}`];
    assert.ok(schema, `no component ${name}`);
    return schema;
  };

  it("has these components, under the name tempo", () => {
    assert.equal(found.name, "tempo");
    assert.deepEqual(Object.keys(found.resources).sort(), ["tempo:index:Collector", "tempo:index:TempoStack"]);
  });

  it("takes every setting of a stack, and no other argument", () => {
    const known = namesIn(settingsIn(settings));
    for (const name of Object.keys(refusedSettings)) assert.ok(known.includes(name), `${name} is no setting`);
    assert.deepEqual(
      argumentsIn(found, resource("TempoStack").inputProperties).sort(),
      known.filter((name) => !(name in refusedSettings)).sort(),
    );
  });

  it("takes every setting of the section collector for a collector by itself", () => {
    assert.deepEqual(
      argumentsIn(found, resource("Collector").inputProperties).sort(),
      namesIn(settingsIn(fieldsOf(settings.collector)))
        .filter((name) => !(`collector.${name}` in refusedSettings))
        .sort(),
    );
  });

  it("requires what has no default", () => {
    assert.deepEqual(resource("TempoStack").requiredInputs, ["kubeContext"]);
    assert.deepEqual(resource("Collector").requiredInputs, ["clusterName", "endpoint", "kubeContext", "services"]);
  });

  it("has plain arguments, so that everything is checked before anything is registered", () => {
    for (const [name, { inputProperties }] of Object.entries(found.resources)) {
      for (const [key, { plain }] of Object.entries(inputProperties)) {
        // That of another stack is an output.
        assert.equal(plain, key === "endpoint" ? undefined : true, `${name}.${key}`);
      }
    }
  });

  it("has the outputs of the stack", () => {
    const { properties } = resource("TempoStack");
    assert.deepEqual(Object.keys(properties).sort(), Object.keys(outputKinds).sort());
    for (const [name, kind] of Object.entries(outputKinds)) {
      assert.equal(properties[name]?.type, kind === "text" ? "string" : "object", name);
    }
  });

  it("has a folder of its own, and this project's program is not what it loads", () => {
    const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8")) as { main: string };
    assert.equal(read("packages/plugin/package.json").main, "index.cjs");
    assert.equal(read("package.json").main, "index.ts");
    for (const file of ["index.cjs", "index.ts", "build.ts", "connections.ts", "contract.ts", "settings.ts"]) {
      assert.doesNotMatch(readFileSync(join(ROOT, "packages/plugin", file), "utf8"), /"\.\.\/(index)?"/, file);
    }
  });
});
