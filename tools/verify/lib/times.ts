/** How long things are waited for, all in milliseconds; the whole of it is `--timeout`. */
export const TIMES = {
  /** A request with its answer. */
  request: 10_000,
  /** Sending a trace once, the SDK's own retries included: the SDK's default. */
  export: 10_000,
  /** For what must be known before the trace is sent. */
  beforeSending: 5_000,
  /** How long a server may fail before it counts: a pod that is just starting, a name that was just made. */
  patience: 20_000,
  /** Between two looks; the first ones come sooner. */
  interval: 2_000,
  /** Between two looks for a series: it comes with a collection, four times a minute. */
  seriesInterval: 3_000,
  /** Between two looks at what is scraped. */
  scrapeInterval: 5_000,
  /** By then one scrape has come of whoever is scraped four times a minute. */
  firstScrape: 20_000,
  /** Two scrapes at their longest. */
  scrapes: 75_000,
  /** By then a Tempo 2 has taken a trace out of its memory and written it, whatever its defaults were. */
  written: 25_000,
  /** The same where its configuration says how long that takes: what comes on top. */
  writing: 2_000,
  /** Two collections and what comes after them: what has not come by then may never come. */
  collections: 45_000,
  /** What may still be on its way when the span metrics are there. */
  grace: 8_000,
} as const;

export type Times = Readonly<Record<keyof typeof TIMES, number>>;
