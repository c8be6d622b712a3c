import assert from "node:assert/strict";
import {
  isDnsLabel,
  isDnsName,
  isLabelKey,
  isLabelValue,
  isPrometheusLabel,
  isTailscaleTag,
} from "../../../lib/schema/names";

const a = (length: number): string => "a".repeat(length);

/** What no kind of name may hold. */
const NEVER = [
  " ",
  "a b",
  " a",
  "a ",
  "a\n",
  "a\tb",
  "a\u00a0b",
  "ü",
  "名",
  "a,b",
  "a:b ",
  "a\\b",
  "a\0b",
  "{{a}}",
  "a*",
];

const kinds: { what: string; is: (text: string) => boolean; yes: string[]; no: string[] }[] = [
  {
    what: "isDnsLabel",
    is: isDnsLabel,
    yes: ["a", "0", "tempo", "tempo-otlp", "a--b", "1234", "xn--mnchen-3ya", a(63)],
    no: ["", "-", "-a", "a-", "A", "Tempo", "a.b", "a_b", "a/b", "a:1", a(64)],
  },
  {
    what: "isDnsName",
    is: isDnsName,
    yes: ["a", "a.b", "tail8d86e.ts.net", "data-tempo-0", `${a(63)}.${a(63)}.${a(63)}.${a(61)}`],
    no: ["", ".", "a.", ".a", "a..b", "A.b", "a.-b", "a.b-", "a_b.c", "a.b:443", "a.b/c", "https://a.b", `b.${a(64)}`]
      // Every label fits, the whole does not.
      .concat(`${a(63)}.${a(63)}.${a(63)}.${a(62)}`),
  },
  {
    what: "isLabelKey",
    is: isLabelKey,
    yes: ["a", "A", "a_b", "a.b", "app.kubernetes.io/name", "pulumi-tempo/stack", "x/Y_z.0", a(63), `x.y/${a(63)}`],
    no: ["", "/", "a/", "/a", "a/b/c", "-a", "a-", "_a", "a.", "Example.com/a", "x_y/a", a(64), `x/${a(64)}`],
  },
  {
    what: "isLabelValue",
    is: isLabelValue,
    yes: ["", "a", "A", "0", "a_b", "a.b", "v1.2.3", "A-b_C.d", a(63)],
    no: ["-", ".", "_", "-a", "a-", "a.", "_a", "a/b", "a=b", a(64)],
  },
  {
    what: "isTailscaleTag",
    is: isTailscaleTag,
    yes: ["tag:k8s", "tag:a", "tag:K8s-operator", "tag:a1-"],
    no: ["", "tag", "tag:", "k8s", "tag:1", "tag:-a", "tag:a_b", "tag:a.b", "TAG:a", "Tag:a", "tag: a", "tag:a,tag:b"],
  },
  {
    what: "isPrometheusLabel",
    is: isPrometheusLabel,
    yes: ["a", "A", "_a", "source", "k8s_cluster", "a1"],
    no: ["", "1a", "a-b", "a.b", "a:b", "__a", "__", "__name__"],
  },
];

for (const { what, is, yes, no } of kinds) {
  describe(what, () => {
    it("says yes", () => {
      for (const text of yes) assert.equal(is(text), true, JSON.stringify(text));
    });
    it("says no", () => {
      for (const text of [...no, ...NEVER]) assert.equal(is(text), false, JSON.stringify(text));
    });
  });
}
