import assert from "node:assert/strict";
import { claimName, fixedParts, renderClaim, WRITTEN_ANNOTATION } from "../../../../components/storage/claim/claim";
import { settingsOf } from "../../../stack/program/stacks";

const specOf = (volume: Record<string, unknown>): object => {
  const { spec } = renderClaim(settingsOf("local", { volume }), "tempo.test");
  return spec as object;
};

describe("the claim", () => {
  it("asks for what is written and leaves everything else to the cluster", () => {
    assert.deepEqual(specOf({}), { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } });
  });

  it("asks for a volume made by hand by class, name and labels", () => {
    const volume = {
      size: "1.5Ti",
      storageClass: "nfs-slow",
      accessModes: ["ReadWriteMany", "ReadWriteOnce"],
      volumeName: "traces-on-sifaka",
      selector: { "example.com/disk": "ssd", tier: "" },
    };
    assert.deepEqual(specOf(volume), {
      accessModes: ["ReadWriteMany", "ReadWriteOnce"],
      resources: { requests: { storage: "1.5Ti" } },
      storageClassName: "nfs-slow",
      volumeName: "traces-on-sifaka",
      selector: { matchLabels: { "example.com/disk": "ssd", tier: "" } },
    });
  });

  it("has no class where none is written: an empty one would mean no class instead of the default", () => {
    assert.equal("storageClassName" in specOf({ storageClass: "" }), false);
    assert.equal("selector" in specOf({ selector: {} }), false);
  });

  // Left out, the claim would get the default class and never meet the volume.
  it("has the empty class for a volume made by hand, unless one is written", () => {
    for (const volume of [{ volumeName: "pv-1" }, { selector: { a: "1" } }]) {
      assert.equal((specOf(volume) as { storageClassName?: string }).storageClassName, "");
      const own = specOf({ ...volume, storageClass: "hand" }) as { storageClassName?: string };
      assert.equal(own.storageClassName, "hand");
    }
  });

  it("keeps in an annotation what was written of the parts that never change", () => {
    const volume = { storageClass: "hand", volumeName: "pv-1", accessModes: ["ReadWriteMany"], selector: { a: "1" } };
    const cases: [Record<string, unknown>, object][] = [
      [{}, { accessModes: ["ReadWriteOnce"], selector: {} }],
      [
        { size: "20Gi", protect: false },
        { accessModes: ["ReadWriteOnce"], selector: {} },
      ],
      [{ volumeName: "pv-1" }, { storageClass: "", accessModes: ["ReadWriteOnce"], volumeName: "pv-1", selector: {} }],
      [volume, volume],
    ];
    for (const [written, expected] of cases) {
      const settings = settingsOf("local", { volume: written });
      assert.deepEqual(fixedParts(settings), expected);
      const { annotations } = renderClaim(settings, "tempo.test").metadata as { annotations: Record<string, string> };
      assert.deepEqual(JSON.parse(annotations[WRITTEN_ANNOTATION] ?? ""), expected);
    }
  });

  it("is not awaited, belongs to its stack and is written by one field manager", () => {
    const { metadata } = renderClaim(settingsOf("local", { namespace: "traces" }), "tempo.test");
    assert.deepEqual(metadata, {
      name: "data-tempo-0",
      namespace: "traces",
      labels: {
        "app.kubernetes.io/name": "tempo",
        "app.kubernetes.io/managed-by": "pulumi",
        "pulumi-tempo/stack": "tempo.test",
      },
      annotations: {
        "pulumi.com/skipAwait": "true",
        "pulumi.com/patchFieldManager": "pulumi-tempo",
        "pulumi.com/patchForce": "true",
        "pulumi-tempo/volume": '{"accessModes":["ReadWriteOnce"],"selector":{}}',
      },
    });
  });

  it("has the name that a StatefulSet's template would have given it, or the one that is written", () => {
    assert.equal(claimName(settingsOf("local", { name: "traces" })), "data-traces-0");
    assert.equal(claimName(settingsOf("local", { volume: { claimName: "old-traces" } })), "old-traces");
  });
});
