import assert from "node:assert/strict";
import { DEFAULT_TEMPO } from "../../../components/versions";
import { judge as judgeNamed, type Figures } from "../../../tools/verify/checks/disk";
import type { Deployment } from "../../../tools/verify/lib/targets";

const judge = (figures: Figures, deployment?: Deployment) => judgeNamed(figures, deployment, DEFAULT_TEMPO.metrics);

const GIB = 2 ** 30;
const well: Figures = {
  scraped: 1,
  uptime: 86_400,
  blocksFlushed: 100,
  backend: 3 * GIB,
  guard: { used: 4 * GIB, limit: 10 * GIB },
  kubelet: undefined,
  measured: 12,
  limited: 0,
  broken: 0,
};
const deployment = { guard: true, adaptiveRetention: true } as Deployment;
const unguarded = { guard: false } as Deployment;

describe("the metrics of the disk", () => {
  it("are well by the guard, by kubelet, and by blocks alone", () => {
    assert.equal(judge(well, deployment).what, "4 GiB of 10 GiB used (40 %) by the guard; blocks 3 GiB");
    const kubelet = { ...well, guard: undefined, kubelet: { used: GIB, limit: 10 * GIB }, backend: GIB };
    assert.equal(judge(kubelet, unguarded).what, "1 GiB of 10 GiB used (10 %) by kubelet; blocks 1 GiB");
    assert.equal(judge({ ...well, guard: undefined }, undefined).what, "blocks 3 GiB");
    assert.match(judge({ ...well, limited: 1 }, deployment).what ?? "", /ingestion is limited for want of room$/);
  });

  it("of a Tempo that has just started lack its blocks", () => {
    const young = { ...well, uptime: 60, blocksFlushed: 0, backend: undefined };
    assert.match(judge(young, deployment).what ?? "", /no block flushed yet$/);
    assert.match(judge({ ...young, guard: undefined }, undefined).skip ?? "", /has flushed no block yet/);
    assert.match(
      judge({ ...young, uptime: 7_200, guard: undefined }, undefined).missing ?? "",
      /tempodb_backend_bytes_total/,
    );
    assert.match(
      judge({ ...young, uptime: 7_200, blocksFlushed: 3 }, deployment).missing ?? "",
      /tempodb_backend_bytes_total/,
    );
  });

  it("are missing without the guard that there should be, and without any Tempo", () => {
    assert.match(
      judge({ ...well, guard: undefined }, deployment).missing ?? "",
      /tempo_volume_used_bytes of the guard/,
    );
    const nothing = { ...well, scraped: undefined, backend: undefined, guard: undefined };
    assert.match(judge(nothing, undefined).missing ?? "", /no tempo_build_info/);
    assert.match(judge({ ...nothing, guard: well.guard }, deployment).missing ?? "", /no tempo_build_info/);
  });

  it("are wrong", () => {
    const wrong = (change: Partial<Figures>, of = deployment): string => {
      const verdict = judge({ ...well, ...change }, of);
      return `${verdict.wrong ?? ""}\n${verdict.causes?.join() ?? ""}`;
    };
    assert.match(wrong({ broken: 1 }), /cannot write its WAL/);
    assert.match(wrong({ limited: 2 }), /senders refused/);
    assert.match(wrong({ measured: 600 }), /last measurement is 10 minutes old\n.*guard-silent/);
    assert.match(
      wrong({ guard: { used: 9.8 * GIB, limit: 10 * GIB } }),
      /the volume is full: 9\.8 GiB of 10 GiB \(98 %\)/,
    );
    assert.match(wrong({ guard: { used: 1, limit: 0 } }), /cannot be/);
    assert.match(wrong({ guard: { used: 20 * GIB, limit: 10 * GIB } }), /cannot be\n.*several Tempos/);
    assert.match(wrong({ backend: 12 * GIB }), /blocks of 12 GiB cannot lie on a volume of 10 GiB\n.*twice/);
    const kubelet = { guard: undefined, kubelet: { used: 9.9 * GIB, limit: 10 * GIB } };
    assert.match(wrong(kubelet, unguarded), /the volume is full/);
  });
});
