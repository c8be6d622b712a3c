import type { Config } from "../parse";

/** A bad configuration. It names its cluster by `kubeContext: c` unless it has that key itself. */
export interface BadCase {
  readonly config: Config;
  /** Every line of the error, in its order. */
  readonly lines: readonly string[];
  /** Keys that the engine holds as secrets. */
  readonly secretKeys?: readonly string[];
}

/** A case with one line, or several. */
export function bad(config: Config, ...lines: string[]): BadCase {
  return { config, lines };
}

/** Advice that many cases share, as it ends a line. */
export const advice = {
  text: "not a text. Write a string.",
  section: "not a section. Write the keys of the section below it.",
  list: "not a list. Write a list in [ ] or with a line beginning with - for each entry.",
  map: "not a map. Write a line `key: value` for each entry.",
  boolean: "neither true nor false. Write one of them.",
  size: "not a size in bytes. Write a Kubernetes quantity such as 10Gi or 512Mi.",
  cpu: "not an amount of CPU. Write cores or thousandths such as 2 or 500m.",
  duration: "not a duration. Write a number with a unit, such as 168h, 7d or 90s.",
  label: "not a DNS label. Write at most 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.",
  dnsName: "not a DNS name. Write labels of a-z, 0-9 and '-' joined by dots, without a scheme, a port or a path.",
  kubernetesLabel: "not a Kubernetes label. Write key and value of at most 63 letters, digits, '-', '_' and '.' each.",
  prometheusLabel:
    "not a Prometheus label. Write a name of letters, digits and '_' (not beginning with __) and a value that is not empty.",
  url: "not an http(s) URL. Write scheme, host and path such as http://prometheus:9090/api/v1/write, without credentials or query.",
  grafanaUrl:
    "not an http(s) URL. Write scheme, host and path such as https://grafana.example.com, without credentials or query.",
  uid: "not a uid. Write a text of at most 40 letters, digits, '-' and '_'.",
  title: "not a name. Write one line without quotes, backslashes and double braces, and without spaces around it.",
  labelName:
    "not a name for a label. Write at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit.",
  ratio: "not a share. Write a number above 0 and at most 1, such as 0.05 for 5 %.",
} as const;
