import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { wouldGo } from "../../../tools/adopt/volume";
import { settingsOf } from "../../stack/program/stacks";
import { CLAIM_KIB, shells, Volume } from "../../components/storage/volume/volume";

for (const shell of shells()) {
  describe(`npm run adopt: the look at the volume, run by ${shell.join(" ")}`, () => {
    /** Fifty blocks, one an hour, that fill so many percent of the claim. */
    function look(percent: number, storage: object = {}): { status: number | null; words: string } {
      const volume = new Volume(shell);
      try {
        const each = Math.floor((CLAIM_KIB * percent) / 100 / 50 / 4) * 4 - 8;
        for (let hour = 1; hour <= 50; hour++) volume.block(each, hour);
        const settings = settingsOf("prod", {
          storage: { adaptiveRetention: true, ...storage },
          volume: { size: "256Mi" },
        });
        // The claim of these tests is smaller than any that a stack may have.
        const script = wouldGo(settings, "blocks")
          .join("\n")
          .replaceAll(String(256 * 1_024), String(CLAIM_KIB));
        const [command, ...args] = [...shell, "-c", `set -eu\n${script}`];
        const { status, stdout, stderr } = spawnSync(command, args, { cwd: volume.data, encoding: "utf8" });
        assert.equal(stderr, "");
        return { status, words: stdout };
      } finally {
        volume.remove();
      }
    }

    it("says nothing where there is room", () => {
      assert.deepEqual(look(80), { status: 0, words: "" });
    });

    it("tells how much would go, and stops for the word", () => {
      const { status, words } = look(90);
      assert.equal(status, 1);
      assert.match(
        words,
        /^storage\.adaptiveRetention: the volume is (89|90) % full, and 1 MiB of it would be deleted: traces older than (44|45) hours\n/,
      );
      assert.match(words, /Write storage\.shortenAtOnceTo = (44|45)h if they may go, or 168h if for new traces only/);
    });

    it("goes on with the word, and says it again", () => {
      const { status, words } = look(90, { shortenAtOnceTo: "44h" });
      assert.equal(status, 0);
      assert.match(words, /would be deleted[^]*shortenAtOnceTo = 44h: what is older may go/);
    });

    it("names no age below the floor", () => {
      assert.match(look(90, { minRetention: "48h" }).words, /older than 48 hours/);
    });
  });
}
