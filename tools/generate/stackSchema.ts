import { z } from "zod";

/**
 * The JSON Schema of a stack file, by which an editor completes and checks it. It knows a value's form; what only the
 * program knows (rules between settings, meanings) a preview tells.
 */
export function renderStackSchema(fields: Readonly<Record<string, z.ZodType>>, project = "tempo"): string {
  const { properties = {}, $defs } = z.toJSONSchema(z.strictObject({ ...fields }), {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      Reflect.deleteProperty(jsonSchema, "typeName");
      Reflect.deleteProperty(jsonSchema, "label");
      Reflect.deleteProperty(jsonSchema, "formerly");
      if (jsonSchema["secret"] === true) secret(jsonSchema);
      // Absent, in the words of Pulumi.yaml. An empty map and an empty text are told apart by what is expected.
      else if (typeof jsonSchema.pattern === "string") jsonSchema.pattern = `^$|${jsonSchema.pattern}`;
      if (jsonSchema.type === "object" && jsonSchema.required) {
        // `{}` is an absent section.
        Object.assign(jsonSchema, { if: { minProperties: 1 }, then: { required: jsonSchema.required } });
        Reflect.deleteProperty(jsonSchema, "required");
      }
      // YAML has numbers where a text is meant, which the CLI hands over as text.
      if (jsonSchema.type === "string" && !jsonSchema.enum) jsonSchema.type = ["string", "number"] as never;
    },
  });
  const settings = Object.fromEntries(Object.entries(properties).map(([key, value]) => [`${project}:${key}`, value]));
  const stack = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Pulumi.<stack>.yaml",
    type: "object",
    properties: {
      secretsprovider: { type: "string" },
      encryptedkey: { type: "string" },
      encryptionsalt: { type: "string" },
      environment: {},
      config: {
        type: "object",
        properties: settings,
        // Other namespaces are other programs'; without one a key is this project's.
        patternProperties: { [`^(?!${project}:)[^:]+:.`]: {} },
        additionalProperties: false,
      },
    },
    additionalProperties: false,
    $defs,
  };
  return `${JSON.stringify(stack, null, 2)}\n`;
}

/** As `pulumi config set --secret` writes it. */
function secret(schema: Record<string, unknown>): void {
  const { description } = schema;
  for (const key of Object.keys(schema)) Reflect.deleteProperty(schema, key);
  const encrypted = { type: "object", properties: { secure: { type: "string" } }, required: ["secure"] };
  Object.assign(schema, { ...(description !== undefined && { description }), anyOf: [encrypted, { type: "string" }] });
}
