// The Grafana provider, as far as an engine asks: everything exists because it was told so, and nothing is sent anywhere.
// No package registry has the real one. What it is to delete it writes into the file of $GRAFANA_DELETED.
const { appendFileSync } = require("node:fs");
const process = require("node:process");
const { isDeepStrictEqual } = require("node:util");
const { main } = require("@pulumi/pulumi/provider");

/** What another value of these makes another object. */
const IDENTITY = ["uid", "folderUid", "name"];

const differing = (olds, news) =>
  [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
    (key) => key !== "id" && !isDeepStrictEqual(olds[key], news[key]),
  );

void main(
  {
    // The one that the SDK asks for: another is warned of.
    version: require("@pulumiverse/grafana/package.json").version,
    diff: async (_id, _urn, olds, news) => {
      const changed = differing(olds, news);
      return { changes: changed.length > 0, replaces: changed.filter((key) => IDENTITY.includes(key)) };
    },
    create: async (urn, inputs) => ({ id: urn.split("::").at(-1), outs: inputs }),
    read: async (id, _urn, props) => ({ id, props }),
    update: async (_id, _urn, _olds, news) => ({ outs: news }),
    delete: async (_id, urn) => {
      appendFileSync(process.env.GRAFANA_DELETED, `${urn.split("::").at(-1)}\n`);
    },
  },
  process.argv.slice(2),
);
