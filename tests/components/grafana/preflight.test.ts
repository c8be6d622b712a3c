import assert from "node:assert/strict";
import { sentJsonData } from "../../../components/grafana/dataSources";
import { ownerOf } from "../../../lib/kubernetes/owner";
import { planGrafana } from "../../../components/grafana/plan";
import { type GrafanaFindings, type GrafanaRun } from "../../../components/grafana/api/findings";
import { checkGrafana } from "../../../components/grafana/api/check";
import { openGrafana } from "../../../components/grafana/api/live";
import { importCommand, registrationsOf, resourceNames, TOKENS } from "../../../components/grafana/api/resources";
import { takeGrafanaSnapshot, type GrafanaPlan, type LiveDataSource } from "../../../components/grafana/api/snapshot";
import type { StateResource } from "../../../lib/engine";
import { formatProblem } from "../../../lib/problems";
import { parseConfig } from "../../stack/settings/parse";
import { answers, credentials, startFakeGrafana, type GrafanaState } from "../../support/fakeGrafana";

const OWNER = "tempo.prod";
const MARKER = "pulumi-tempo/stack";
const KEYS = ["tempo", "loki", "prometheus"] as const;
type Key = (typeof KEYS)[number];
type Section = Readonly<Record<string, unknown>>;

const run: GrafanaRun = {
  project: "tempo",
  stack: "prod",
  owner: OWNER,
  url: "http://grafana",
  credential: "settings",
};
const IMPORT =
  'GRAFANA_URL=http://grafana GRAFANA_AUTH="$(pulumi config get --stack prod --path grafana.auth)" ' +
  "pulumi import --stack prod --protect=false --generate-code=false";

/** A plan with one data source of interest; the others are provisioned, and there is nothing else. */
function planOf(section: Section, besides: Section = {}): GrafanaPlan {
  const settings = parseConfig({
    kubeContext: "c",
    prometheus: { remoteWriteUrl: "http://prometheus:9090/api/v1/write" },
    grafana: {
      url: "http://grafana",
      tempo: { ownership: "provisioned" },
      loki: { ownership: "provisioned" },
      prometheus: { ownership: "provisioned" },
      dashboards: false,
      ...section,
      ...besides,
    },
  });
  assert.ok(settings.grafana);
  return planGrafana(settings, settings.grafana, OWNER);
}

/** One data source of the plan above. */
function only(key: Key, given: Section): GrafanaPlan {
  const url = given["ownership"] === "create" && key !== "tempo" ? { url: `http://${key}` } : {};
  const plan = planOf({ [key]: { ...url, ...given } });
  return { ...plan, dataSources: plan.dataSources.filter((source) => source.key === key) };
}

const title = (key: Key): string => `${key[0]?.toUpperCase() ?? ""}${key.slice(1)}`;

function liveOf(key: Key, changes: Partial<LiveDataSource> = {}): LiveDataSource {
  return { uid: key, name: title(key), type: key, url: `http://${key}`, readOnly: false, jsonData: {}, ...changes };
}

/** What Grafana has after this stack has written it. */
function written(plan: GrafanaPlan, more: Section = {}): Section {
  const [source] = plan.dataSources;
  assert.ok(source);
  return { ...sentJsonData(source, OWNER), ...more };
}

function inState(type: keyof typeof TOKENS, name: string, outputs: Section): StateResource {
  return { type: TOKENS[type], name, outputs };
}

function check(
  plan: GrafanaPlan,
  dataSources: readonly LiveDataSource[],
  state: readonly StateResource[] = [],
  as: Partial<GrafanaRun> = {},
) {
  return read(
    checkGrafana(
      plan,
      {
        dataSources,
        folderTitle: undefined,
        dashboards: new Map(),
        ruleGroups: new Map(),
        rulesElsewhere: [],
        contactPoints: [],
        registered: registrationsOf(state),
      },
      { ...run, ...as },
    ),
  );
}

function read({ problems, notes }: GrafanaFindings): { problems: string[]; notes: readonly string[] } {
  return { problems: problems.map(formatProblem), notes };
}

const NOTHING = { problems: [], notes: [] };
const failing = (problem: string) => ({ problems: [problem], notes: [] });
const noting = (note: string) => ({ problems: [], notes: [note] });

for (const key of KEYS) {
  const name = title(key);
  const data = inState("dataSource", resourceNames.dataSource(key), { uid: key });
  const config = inState("dataSourceConfig", resourceNames.dataSource(key), { uid: key });
  const readOnly =
    `the data source ${key} ("${name}") is provisioned from files and read-only. Write provisioned and paste the output ` +
    "grafanaProvisioning into its file, or make it editable first: docs/guides/adopting.md.";

  describe(`the data source ${key}, to be created`, () => {
    const plan = only(key, { ownership: "create" });
    const at = `tempo:grafana.${key}`;

    it("fits a Grafana without it, and one to which this stack gave it", () => {
      assert.deepEqual(check(plan, []), NOTHING);
      const others = KEYS.filter((other) => other !== key).map((other) => liveOf(other));
      assert.deepEqual(check(plan, others), NOTHING);
      assert.deepEqual(check(plan, [liveOf(key, { jsonData: written(plan) })], [data]), NOTHING);
    });

    it("is not taken over from others: the error has the command that imports it", () => {
      const message =
        `${at}.ownership = "create": the data source ${key} ("${name}") exists and is not in this stack's state. ` +
        `Import it with \`${IMPORT} grafana:oss/dataSource:DataSource grafana-${key} ${key}\`, or write own to have its settings only.`;
      assert.deepEqual(check(plan, [liveOf(key)]), failing(message));
      // The settings alone are ours, or another data source is.
      assert.deepEqual(check(plan, [liveOf(key)], [config]), failing(message));
      const other = inState("dataSource", resourceNames.dataSource(key), { uid: "other" });
      assert.deepEqual(check(plan, [liveOf(key)], [other]), failing(message));
      // Ours, of a state that was lost.
      assert.deepEqual(check(plan, [liveOf(key, { jsonData: written(plan) })]), failing(message));
    });

    it("is not taken from another stack", () => {
      assert.deepEqual(
        check(plan, [liveOf(key, { jsonData: { [MARKER]: "tempo.dev" } })]),
        failing(
          `${at}.ownership = "create": the data source ${key} ("${name}") belongs to the stack tempo.dev. ` +
            "Write another uid and name, or provisioned to use it as it is.",
        ),
      );
    });

    it("stays ours when the stack gets another name", () => {
      assert.deepEqual(check(plan, [liveOf(key, { jsonData: { [MARKER]: "tempo.old", x: 1 } })], [data]), NOTHING);
    });

    it("is not there and read-only", () => {
      const expected = failing(`${at}.ownership = "create": ${readOnly}`);
      assert.deepEqual(check(plan, [liveOf(key, { readOnly: true })]), expected);
      assert.deepEqual(check(plan, [liveOf(key, { readOnly: true })], [data]), expected);
    });

    it("has a uid that no data source of another type has", () => {
      assert.deepEqual(
        check(plan, [liveOf(key, { type: "jaeger", name: "Other" })]),
        failing(
          `${at}.uid = "${key}": the uid of a data source of type jaeger ("Other"). Write that of one of type ${key}.`,
        ),
      );
    });

    it("has a name that no other data source has", () => {
      const expected = failing(
        `${at}.name = "${name}": the name of another data source, with the uid other. Write another name, or that uid.`,
      );
      assert.deepEqual(check(plan, [liveOf(key, { uid: "other" })]), expected);
      assert.deepEqual(check(plan, [liveOf(key), liveOf(key, { uid: "other" })], [data]), expected);
    });

    it("may change its uid and keep its name", () => {
      const before = inState("dataSource", resourceNames.dataSource(key), { uid: "other" });
      assert.deepEqual(check(plan, [liveOf(key, { uid: "other" })], [before]), NOTHING);
    });

    it("keeps, after an import, what it had", () => {
      assert.deepEqual(check(plan, [liveOf(key, { jsonData: { timeout: 60 } })], [data]), {
        problems: [
          `${at}.jsonData: the data source ${key} has settings that would be lost, since all of them are overwritten: ` +
            '{"timeout":60}. Write them here.',
        ],
        notes: [],
      });
      const given = only(key, { ownership: "create", jsonData: { timeout: 60 } });
      assert.deepEqual(check(given, [liveOf(key, { jsonData: { timeout: 60 } })], [data]), NOTHING);
    });

    it("is told of when somebody has deleted it", () => {
      const note = `Grafana: the data source ${key}, which this stack made, is gone. To have it made again: pulumi refresh --stack prod`;
      assert.deepEqual(check(plan, [], [data]), noting(note));
    });
  });

  describe(`the data source ${key}, whose settings are to be owned`, () => {
    const plan = only(key, { ownership: "settings-only" });
    const at = `tempo:grafana.${key}`;
    const keys = Object.keys(written(plan)).join(", ");
    const overwritten = (rest = "."): string =>
      `Grafana: every setting (jsonData) of the data source "${name}" (uid ${key}), which exists, is overwritten with: ${keys}${rest} On destroy they stay.`;
    const lost = (settings: object, advice = "Write them here"): ReturnType<typeof failing> =>
      failing(
        `${at}.jsonData: the data source ${key} has settings that would be lost, since all of them are overwritten: ${JSON.stringify(settings)}. ${advice}.`,
      );

    it("fits an editable one without settings, and says that they are overwritten", () => {
      assert.deepEqual(check(plan, [liveOf(key)]), noting(overwritten()));
      const bare = { uid: key, name, type: key };
      assert.deepEqual(check(plan, [bare]), noting(overwritten()));
    });

    it("says nothing any more once they are ours, in this state or before a destroy", () => {
      const live = [liveOf(key, { jsonData: written(plan) })];
      assert.deepEqual(check(plan, live, [config]), NOTHING);
      assert.deepEqual(check(plan, live), NOTHING);
    });

    it("needs an existing one", () => {
      assert.deepEqual(
        check(plan, []),
        failing(
          `${at}.ownership = "settings-only": there is no data source with the uid ${key}. Write create, or the uid of an existing one.`,
        ),
      );
    });

    it("does not fit a read-only one", () => {
      const expected = failing(`${at}.ownership = "settings-only": ${readOnly}`);
      assert.deepEqual(check(plan, [liveOf(key, { readOnly: true })]), expected);
      assert.deepEqual(check(plan, [liveOf(key, { readOnly: true, jsonData: written(plan) })], [config]), expected);
    });

    it("does not fit one of another type, and does not mind its name", () => {
      assert.deepEqual(
        check(plan, [liveOf(key, { type: "jaeger" })]),
        failing(
          `${at}.uid = "${key}": the uid of a data source of type jaeger ("${name}"). Write that of one of type ${key}.`,
        ),
      );
      assert.deepEqual(check(plan, [liveOf(key, { jsonData: written(plan), name: "Any" })]), NOTHING);
    });

    it("does not fit what this stack made, which would be deleted", () => {
      assert.deepEqual(
        check(plan, [liveOf(key, { jsonData: written(plan) })], [data]),
        failing(
          `${at}.ownership = "settings-only": this stack made the data source and would delete it, since settings-only is for one that others made. Write create.`,
        ),
      );
    });

    it("does not fit what another stack owns", () => {
      assert.deepEqual(
        check(plan, [liveOf(key, { jsonData: { [MARKER]: "tempo.dev" } })]),
        failing(
          `${at}.ownership = "settings-only": the settings of the data source ${key} belong to the stack tempo.dev, which would ` +
            "write them again. Write provisioned, or let that stack go first. If it is gone, remove " +
            "pulumi-tempo/stack from the jsonData of the data source by Grafana's API: docs/guides/adopting.md.",
        ),
      );
    });

    it("fits what an earlier version marked with a shorter name, where the state has it", () => {
      const live = [liveOf(key, { jsonData: { ...written(plan), [MARKER]: "tempo.odd" } })];
      const odd = { stack: "odd-", owner: ownerOf("tempo", "odd-") };
      assert.deepEqual(check(plan, live, [config], odd), NOTHING);
      assert.match(check(plan, live, [], odd).problems.join(), /belong to the stack tempo\.odd/);
      assert.match(check(plan, live, [config]).problems.join(), /belong to the stack tempo\.odd/);
    });

    it("loses none of the settings that others gave", () => {
      const settings = { timeout: 60, constructor: 1 };
      assert.deepEqual(check(plan, [liveOf(key, { jsonData: settings })]), lost(settings));
      const given = only(key, { ownership: "settings-only", jsonData: { timeout: 30, constructor: 1 } });
      const { problems, notes } = check(given, [liveOf(key, { jsonData: settings })]);
      assert.deepEqual(problems, []);
      assert.match(notes.join(), /overwritten with: timeout, constructor, /);
    });

    it("loses no header: its value must be given", () => {
      const advice = `Write the headers with their values in ${at}.httpHeaders, and anything else here`;
      const jsonData = { httpHeaderName1: "X-Scope-OrgID", httpHeaderName2: "X-Other" };
      assert.deepEqual(check(plan, [liveOf(key, { jsonData })]), lost(jsonData, advice));
      const one = only(key, { ownership: "settings-only", httpHeaders: { "x-scope-orgid": "s3cret" } });
      assert.deepEqual(check(one, [liveOf(key, { jsonData })]), lost({ httpHeaderName2: "X-Other" }, advice));
      const both = only(key, {
        ownership: "settings-only",
        httpHeaders: { "X-Scope-OrgID": "s3cret", "X-Other": "s3cret" },
      });
      assert.deepEqual(check(both, [liveOf(key, { jsonData })]), noting(overwritten()));
    });

    it("shows no secret that stands among the settings", () => {
      const jsonData = { basicAuthPassword: "s3cret", a: { apiToken: "s3cret" }, proxy: "http://me:s3cret@proxy" };
      assert.deepEqual(
        check(plan, [liveOf(key, { jsonData })]),
        lost({ basicAuthPassword: "[secret]", a: { apiToken: "[secret]" }, proxy: "http://[secret]@proxy" }),
      );
    });

    it("may drop a setting that it gave, and says which others go with the next change", () => {
      const live = liveOf(key, { jsonData: written(plan, { timeout: 60, [`httpHeaderName1`]: "X-Other" }) });
      assert.deepEqual(
        check(plan, [live], [config]),
        noting(
          `Grafana: the next change to the settings of the data source "${name}" (uid ${key}) removes from them: timeout, httpHeaderName1`,
        ),
      );
    });

    it("tells when Grafana has put others in the place of ours", () => {
      assert.deepEqual(
        check(plan, [liveOf(key)], [config]),
        noting(
          `Grafana: the data source "${name}" (uid ${key}) has lost the settings that this stack wrote, as it does when ` +
            "Grafana starts with a provisioning file that still has it (docs/guides/adopting.md). To have them written again: pulumi refresh --stack prod",
        ),
      );
    });
  });

  describe(`the data source ${key}, provisioned from files`, () => {
    const plan = only(key, { ownership: "provisioned" });
    const paste =
      "What to write into its provisioning file: npm run preview -- --stack prod, then " +
      `out/prod/grafana/provisioning/${key}.yaml (and the output grafanaProvisioning).`;
    const wanted = plan.dataSources[0]?.written ?? {};

    it("may be missing, or lack what is written here: both are told, with where that stands", () => {
      assert.deepEqual(check(plan, []), noting(`Grafana: there is no data source with the uid ${key} yet. ${paste}`));
      for (const readOnly of [true, false]) {
        assert.deepEqual(
          check(plan, [liveOf(key, { readOnly, jsonData: { timeout: 60 } })]),
          noting(
            `Grafana: the provisioned data source ${key} lacks ${Object.keys(wanted).join(", ")} as written here. ${paste}`,
          ),
        );
      }
    });

    it("has the name that is to be pasted", () => {
      const live = liveOf(key, { readOnly: true, jsonData: wanted, name: "Theirs" });
      assert.deepEqual(
        check(plan, [live]),
        noting(
          `Grafana: the provisioned data source ${key} is called "Theirs" there and "${name}" here. Grafana does not start ` +
            `with two names for one uid: write "Theirs" in tempo:grafana.${key}.name`,
        ),
      );
      const both = check(plan, [{ ...live, jsonData: {} }]).notes;
      assert.equal(both.length, 2);
      assert.match(both.join(), /is called .* lacks /s);
    });

    it("is fine with what is written here, and with more", () => {
      const more = Object.entries(wanted).map(([part, value]) => [
        part,
        Array.isArray(value) ? [{ name: "Theirs" }, ...(value as unknown[])] : { ...(value as object), more: 1 },
      ]);
      for (const jsonData of [wanted, { timeout: 60, ...(Object.fromEntries(more) as object) }]) {
        assert.deepEqual(check(plan, [liveOf(key, { readOnly: true, jsonData })]), NOTHING);
      }
      // Its settings were ours before.
      assert.deepEqual(check(plan, [liveOf(key, { jsonData: written(plan) })], [config]), NOTHING);
      assert.deepEqual(check(plan, [liveOf(key, { jsonData: { ...wanted, [MARKER]: "tempo.dev" } })]), NOTHING);
    });

    it("is not what this stack made, which would be deleted", () => {
      assert.deepEqual(
        check(plan, [liveOf(key)], [data]),
        failing(
          `tempo:grafana.${key}.ownership = "provisioned": this stack made the data source and would delete it. Write create.`,
        ),
      );
    });

    it("is of its type", () => {
      assert.deepEqual(
        check(plan, [liveOf(key, { type: "jaeger" })]),
        failing(
          `tempo:grafana.${key}.uid = "${key}": the uid of a data source of type jaeger ("${name}"). Write that of one of type ${key}.`,
        ),
      );
    });
  });
}

describe("lists among the settings to be owned", () => {
  for (const [key, list] of [
    ["loki", "derivedFields"],
    ["prometheus", "exemplarTraceIdDestinations"],
  ] as const) {
    const plan = only(key, { ownership: "settings-only" });
    const ours = plan.dataSources[0]?.written[list] as object[];
    const theirs = { name: "Theirs", datasourceUid: "jaeger" };

    it(`keep the entries of others: ${key}`, () => {
      const live = [liveOf(key, { jsonData: { [list]: [theirs, ...ours] } })];
      assert.deepEqual(check(plan, live).problems, [
        `tempo:grafana.${key}.jsonData: the data source ${key} has settings that would be lost, since all of them are ` +
          `overwritten: {"${list}":[${JSON.stringify(theirs)}]}. Write them here.`,
      ]);
      const given = only(key, { ownership: "settings-only", jsonData: { [list]: [theirs] } });
      assert.deepEqual(check(given, live).problems, []);
    });

    it(`may have ours already, as pasted into a provisioning file: ${key}`, () => {
      assert.deepEqual(check(plan, [liveOf(key, { jsonData: { [list]: ours } })]).problems, []);
      assert.deepEqual(check(plan, [liveOf(key, { jsonData: { [list]: [] } })]).problems, []);
      // Of an earlier version of this program: ours stays, whatever the settings give under its name.
      const earlier = ours.map((entry) => ({ ...entry, matcherRegex: "earlier", datasourceUid: "earlier" }));
      assert.deepEqual(check(plan, [liveOf(key, { jsonData: { [list]: earlier } })]).problems, []);
    });

    it(`keep the links of another stack, which have the same names and lead to another Tempo: ${key}`, () => {
      const other = ours.map((entry) => ({ ...entry, datasourceUid: "tempo-b" }));
      const live = [
        liveOf(key, { jsonData: { [list]: [...other, ...ours] } }),
        liveOf("tempo", { uid: "tempo-b", name: "Tempo B" }),
      ];
      assert.match(check(plan, live).problems.join(), /would be lost, .*"datasourceUid":"tempo-b"/);
      const given = only(key, { ownership: "settings-only", jsonData: { [list]: other } });
      assert.deepEqual(check(given, live).problems, []);
      assert.deepEqual(written(given)[list], [...ours, ...other]);
    });
  }

  it("are followed by what only this program writes: Tempo's links are replaced, and kept where it writes none", () => {
    const owning = (given: object): GrafanaPlan => {
      const { dataSources } = planOf({ tempo: { ownership: "settings-only", ...given }, prometheus: {} });
      return {
        dataSources: dataSources.filter(({ key }) => key === "tempo"),
        dashboards: [],
        ruleGroups: [],
        ruleUids: [],
      };
    };
    const theirs = { serviceMap: { datasourceUid: "x" } };
    const live = liveOf("tempo", { jsonData: { tracesToLogsV2: { datasourceUid: "x" }, ...theirs } });
    assert.deepEqual(check(owning({}), [live]).problems, [
      "tempo:grafana.tempo.jsonData: the data source tempo has settings that would be lost, since all of them are " +
        `overwritten: ${JSON.stringify(theirs)}. Write them here.`,
    ]);
    // The settings take it there: without grafana.prometheus nobody else writes it.
    const { problems, notes } = check(owning({ jsonData: theirs }), [live]);
    assert.deepEqual(problems, []);
    assert.match(notes.join(), /overwritten with: serviceMap, tracesToLogsV2, .*[a-z]\. On destroy they stay\.$/);
  });
});

describe("folder, dashboards, alert rules and the contact point", () => {
  const plan = planOf({}, { dashboards: true, alerts: { contactPoint: "pager", services: [{ name: "a" }] } });
  const contents: GrafanaState = {
    folders: { tempo: "Old" },
    dashboards: { "tempo-services": { title: "My RED" }, other: { title: "Other" } },
    ruleGroups: { "tempo/Tempo": ["Down"] },
    contactPoints: ["grafana-default-email", "pager", "pager"],
  };

  async function checkAll(state: GrafanaState, registered: readonly StateResource[] = [], changes = {}) {
    const grafana = await startFakeGrafana(state);
    try {
      const live = openGrafana(grafana.url, credentials.token);
      const snapshot = await takeGrafanaSnapshot(plan, live, registrationsOf(registered));
      return read(checkGrafana({ ...plan, dataSources: [] }, snapshot, { ...run, ...changes }));
    } finally {
      await grafana.stop();
    }
  }

  const folder = inState("folder", resourceNames.folder, { uid: "tempo" });
  const dashboard = inState("dashboard", resourceNames.dashboard("tempo-services"), { uid: "tempo-services" });
  const group = inState("ruleGroup", resourceNames.ruleGroup("Tempo"), { folderUid: "tempo", name: "Tempo" });

  it("fit a Grafana without them, and one to which this stack gave them", async () => {
    assert.deepEqual(await checkAll({ contactPoints: ["pager"] }), NOTHING);
    assert.deepEqual(await checkAll(contents, [folder, dashboard, group]), NOTHING);
  });

  it("are missed by the state where Grafana is empty, as another one is", async () => {
    const gone =
      "Grafana: the folder tempo, which this stack made, is gone with its dashboards and rules. To have them made again: " +
      "pulumi refresh --stack prod";
    assert.deepEqual(await checkAll({ contactPoints: ["pager"] }, [folder, dashboard, group]), noting(gone));
  });

  it("are not taken over from others: each error has the command that imports it", async () => {
    const { problems } = await checkAll(contents, [], { credential: "environment", stack: "my stack" });
    const begin = "GRAFANA_URL=http://grafana pulumi import --stack 'my stack' --protect=false --generate-code=false";
    const line = (what: string, command: string): string =>
      `tempo:grafana.uidPrefix = "tempo": ${what} exists and is not in this stack's state. Import it with \`${begin} ${command}\`, or write another prefix.`;
    assert.deepEqual(problems, [
      line('the folder tempo ("Old")', "grafana:oss/folder:Folder grafana-folder tempo"),
      line(
        'the dashboard tempo-services ("My RED")',
        "grafana:oss/dashboard:Dashboard grafana-dashboard-tempo-services tempo-services",
      ),
      line('the rule group "Tempo"', "grafana:alerting/ruleGroup:RuleGroup grafana-rules-Tempo tempo:Tempo"),
    ]);
  });

  it("are not taken over under a new prefix: what the state has under the old one does not count", async () => {
    const old = [
      inState("folder", resourceNames.folder, { uid: "old" }),
      inState("ruleGroup", resourceNames.ruleGroup("Tempo"), { folderUid: "old", name: "Tempo" }),
    ];
    assert.equal((await checkAll(contents, [...old, dashboard])).problems.length, 2);
  });

  it("of another stack are not to be imported: each error says whose it is", async () => {
    const others: GrafanaState = {
      ...contents,
      dashboards: { "tempo-services": { title: "RED", tags: ["tempo", "pulumi-tempo/stack=tempo.staging"] } },
      ruleLabels: { managed_by: "pulumi", stack: "tempo.staging" },
    };
    const line = (what: string): string =>
      `tempo:grafana.uidPrefix = "tempo": ${what} belongs to the stack tempo.staging. Write another prefix.`;
    assert.deepEqual((await checkAll(others)).problems, [
      line('the folder tempo ("Old")'),
      line('the dashboard tempo-services ("RED")'),
      line('the rule group "Tempo"'),
    ]);
    // Its own, after its state was lost, may be.
    const ours = { ...others, ruleLabels: { managed_by: "pulumi", stack: OWNER }, dashboards: {} };
    for (const problem of (await checkAll(ours)).problems) assert.match(problem, /Import it with/);
  });

  it("have no rule whose uid is in another folder: prefixes that continue each other can come to the same", async () => {
    const ruleGroups = { "tempo/Tempo": ["tempo-down"], "other/Theirs": ["tempo-not-ready", "x"] };
    const ruleLabels = { managed_by: "pulumi", stack: "tempo.staging" };
    const { problems } = await checkAll({ ...contents, ruleGroups, ruleLabels }, [folder, dashboard, group]);
    assert.deepEqual(problems, [
      'tempo:grafana.uidPrefix = "tempo": the rule tempo-not-ready ("tempo-not-ready") exists in the folder other of the stack ' +
        "tempo.staging. Write another prefix.",
    ]);
  });

  it("cannot replace a dashboard from a file", async () => {
    const dashboards = { "tempo-services": { title: "RED", provisioned: true } };
    assert.deepEqual(
      await checkAll({ ...contents, dashboards }, [folder, group, dashboard]),
      failing(
        'tempo:grafana.uidPrefix = "tempo": the dashboard tempo-services ("RED") is provisioned from a file, which nobody ' +
          "may write over. Take it out of there, or write another prefix.",
      ),
    );
  });

  it("name a contact point that exists", async () => {
    const known = await checkAll({ contactPoints: ["b", "a", "b"] });
    assert.deepEqual(
      known,
      failing(
        'tempo:grafana.alerts.contactPoint = "pager": no such contact point in Grafana. Write one of "b", "a", or make it there first.',
      ),
    );
    assert.deepEqual(
      await checkAll({}),
      failing('tempo:grafana.alerts.contactPoint = "pager": no such contact point in Grafana. Make it there first.'),
    );
  });

  it("are asked for below the folder alone, and nothing that the plan does not have", async () => {
    const grafana = await startFakeGrafana({ contactPoints: ["pager"] });
    const live = openGrafana(grafana.url, credentials.token);
    await takeGrafanaSnapshot(planOf({}), live, new Set());
    assert.deepEqual(grafana.asked, ["GET /api/datasources"]);
    await takeGrafanaSnapshot(plan, live, new Set());
    await grafana.stop();
    assert.deepEqual([...grafana.asked.slice(1)].sort(), [
      "GET /api/dashboards/uid/tempo-operations",
      "GET /api/dashboards/uid/tempo-service-graph",
      "GET /api/dashboards/uid/tempo-services",
      "GET /api/dashboards/uid/tempo-storage",
      "GET /api/datasources",
      "GET /api/folders/tempo",
      "GET /api/v1/provisioning/alert-rules",
      "GET /api/v1/provisioning/contact-points",
      "GET /api/v1/provisioning/folder/tempo/rule-groups/Services",
      "GET /api/v1/provisioning/folder/tempo/rule-groups/Storage",
      "GET /api/v1/provisioning/folder/tempo/rule-groups/Tempo",
    ]);
  });

  it("do not take another server for an empty Grafana", async () => {
    for (const [answer, what] of [
      [answers.status(404, "404 page not found"), "404"],
      [answers.json({ status: "success" }), "something that is no list"],
    ] as const) {
      await assert.rejects(checkAll({ instead: { "/api/datasources": answer } }), {
        name: "GrafanaSilent",
        message: `GET /api/datasources answers ${what}. Is this the base URL of Grafana itself?`,
      });
    }
  });
});

describe("the import command", () => {
  it("is taken by a shell as it is meant", () => {
    const at = { url: "http://g/a'b;c", stack: "$x", credential: "environment" } as const;
    assert.equal(
      importCommand(TOKENS.ruleGroup, "grafana-rules-A B", "tempo:A B", at),
      "GRAFANA_URL='http://g/a'\\''b;c' pulumi import --stack '$x' --protect=false --generate-code=false " +
        "grafana:alerting/ruleGroup:RuleGroup 'grafana-rules-A B' 'tempo:A B'",
    );
  });
});

describe("a data source of a plugin that speaks PromQL", () => {
  const types = [
    "victoriametrics-metrics-datasource",
    "grafana-amazonprometheus-datasource",
    "grafana-azureprometheus-datasource",
    "acme-mimir-datasource",
  ];

  it("serves as Prometheus where others make it, and keeps its type", () => {
    for (const type of types) {
      const { problems, notes } = check(only("prometheus", { ownership: "provisioned" }), [
        liveOf("prometheus", { type }),
      ]);
      assert.deepEqual(problems, [], type);
      assert.ok(
        notes.some((line) => line.includes(`of the type ${type}, which serves as well`)),
        notes.join("\n"),
      );
      assert.deepEqual(
        check(only("prometheus", { ownership: "settings-only" }), [liveOf("prometheus", { type })]).problems,
        [],
      );
    }
  });

  it("is none that is made here, and no other type is", () => {
    const problemsOf = (key: Key, ownership: string, type: string) =>
      check(only(key, { ownership }), [liveOf(key, { type })]).problems.length;
    assert.equal(problemsOf("prometheus", "create", "victoriametrics-metrics-datasource"), 1);
    for (const type of [
      "victoriametrics-logs-datasource",
      "camptocamp-prometheus-alertmanager-datasource",
      "influxdb",
    ]) {
      assert.equal(problemsOf("prometheus", "provisioned", type), 1, type);
    }
    assert.equal(problemsOf("loki", "provisioned", "victoriametrics-metrics-datasource"), 1);
  });
});

describe("the command that imports", () => {
  it("asks in the organisation of the settings, and with their headers", () => {
    assert.match(
      importCommand("token", "name", "id", { ...run, orgId: 2, hasHeaders: true }),
      /^GRAFANA_URL=http:\/\/grafana GRAFANA_ORG_ID=2 GRAFANA_AUTH="\$\(.*grafana\.auth\)" GRAFANA_HTTP_HEADERS="\$\(pulumi config get --stack prod --path grafana\.headers\)" pulumi import /,
    );
  });
});
