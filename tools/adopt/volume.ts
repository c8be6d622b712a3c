import type { LiveObject } from "../../lib/kubernetes/live";
import { storagePlan } from "../../components/storage/volume/plan";
import { quote } from "../../components/grafana/api/resources";
import type { ImageReference } from "../../lib/schema/image";
import { toBytes } from "../../lib/schema/quantity";
import type { Settings } from "../../components/contracts/settings";
import type { FilesPod } from "./commands";
import { TEMPO_USER } from "./oldTempo";
import { partsOf, type Plan, type Step } from "./parts";
import { specOf, type WorkloadSpec } from "./shapes";

/** What is done on the volume, and with the images of the pod that gets it. */

export function look(plan: Plan): string[] {
  const { settings, old } = plan;
  const { run, claim, node } = partsOf(plan);
  const blocks = quote(old.blocks === "" ? "." : (old.blocks ?? "blocks"));
  const metas = `find ${blocks} -name meta.json`;
  return run.runFiles({
    name: "tempo-look",
    image: settings.storage.image.text,
    claim,
    uid: old.uid ?? 0,
    readOnly: true,
    ...(node !== undefined && { node }),
    script: [
      "df -h . | tail -1",
      "ls -ln",
      `echo "blocks: $(${metas} | wc -l)"`,
      `${metas} -exec grep -o '"format":"[^"]*"' {} + | sed 's/.*://' | sort | uniq -c`,
      ...(old.uid === TEMPO_USER
        ? [
            `others=$(find ${blocks} ! -user ${TEMPO_USER} | head -3)`,
            `test -z "$others" || { echo "not of uid ${TEMPO_USER}: $others"; exit 1; }`,
          ]
        : []),
      `if ${metas} -exec grep -lE '"format":"vParquet2?"' {} + | grep . ; then`,
      `echo "Tempo 2.10 cannot open these. Wait until retention has deleted them"; exit 1; fi`,
      ...(settings.storage.adaptiveRetention ? wouldGo(settings, blocks) : []),
    ],
  });
}

/** What size-aware retention would delete of the old traces, by the guard's own marks; it stops without the word. */
export function wouldGo(settings: Settings, blocks: string): string[] {
  const { high, low } = storagePlan(settings).marks;
  const { shortenAtOnceTo, minRetention } = settings.storage;
  const claim = Math.floor(toBytes(settings.volume.size) / 1_024);
  return [
    `used=$(du -sk . | cut -f1); limit=$((used + $(df -kP . | awk 'NR == 2 { print $4 }')))`,
    `if [ $limit -gt ${claim} ]; then limit=${claim}; fi; excess=$((used - limit * ${low} / 1000))`,
    `if [ $used -ge $((limit * ${high} / 1000)) ]; then`,
    // The oldest first, until what has to go is reached: "END KIB" of each block.
    `end=$({ du -k -d 2 ${blocks}; find ${blocks} -name meta.json -exec grep -Ho '"endTime":"[^"]*"' {} +; } |`,
    `awk -v q='"' '/meta.json:/ { split($0, m, "/meta.json:"); split(m[2], t, q); print t[4], kib[m[1]]; next } { kib[$2] = $1 }' |`,
    `sort | awk -v need=$excess '{ sum += $2; end = $1 } sum >= need { exit } END { print end }')`,
    `age=$((($(date +%s) - $(date -u -d "$(echo $end | sed 's/T/ /; s/[.Z].*//')" +%s)) / 3600))`,
    `if [ $age -lt ${Math.ceil(minRetention.ms / 3_600_000)} ]; then age=${Math.ceil(minRetention.ms / 3_600_000)}; fi`,
    `echo "storage.adaptiveRetention: the volume is $((used * 100 / limit)) % full, and $((excess / 1024)) MiB of it would be deleted: traces older than $age hours"`,
    ...(shortenAtOnceTo
      ? [`echo "storage.shortenAtOnceTo = ${shortenAtOnceTo.text}: what is older may go"`]
      : [
          `echo "Write storage.shortenAtOnceTo = \${age}h if they may go, or ${settings.retention.text} if for new traces only; or a larger volume.size"; exit 1`,
        ]),
    "fi",
  ];
}

/** Folders get the names that this stack uses, files its user. @param reverse back to those of before. */
export function rearrange(plan: Plan, reverse = false): Omit<Step, "phase">[] {
  const { settings, old } = plan;
  const { run, claim } = partsOf(plan);
  const moves = [move(old.wal ?? "wal", "wal", reverse), move(old.blocks ?? "blocks", "blocks", reverse)].flat();
  if (reverse) moves.reverse();
  const pod = (uid: number, script: readonly string[]): FilesPod => ({
    name: "tempo-files",
    image: settings.storage.image.text,
    claim,
    uid,
    readOnly: false,
    script,
  });
  const isForeign = old.uid !== TEMPO_USER;
  return [
    ...(moves.length > 0
      ? [
          {
            title: "Rename the folders on the volume",
            commands: run.runFiles(pod(isForeign ? 0 : TEMPO_USER, moves)),
          },
        ]
      : []),
    ...(isForeign && !(reverse && old.uid === undefined)
      ? [
          {
            title: `Give the files to uid ${reverse ? (old.uid ?? 0) : TEMPO_USER}`,
            commands: run.runFiles(
              pod(0, [`chown -R ${reverse ? `${old.uid ?? 0}:${old.uid ?? 0}` : `${TEMPO_USER}:${TEMPO_USER}`} .`]),
            ),
          },
        ]
      : []),
  ];
}

/** Lines of a shell that rename once, and can be run again. */
function move(had: string, wanted: string, reverse: boolean): string[] {
  if (had === wanted) return [];
  // The blocks lie at the root of the volume, beside other folders: only the tenant's goes below.
  const [from, to] = had === "" ? ["single-tenant", `${wanted}/single-tenant`] : [had, wanted];
  const [source, target] = (reverse ? [to, from] : [from, to]).map(quote);
  return [
    `if test -e ${source}; then test ! -e ${target} || { echo ${target} is there already; exit 1; }; ` +
      `mkdir -p "$(dirname ${target})"; mv ${source} ${target}; fi`,
  ];
}

/** Whether the claim belongs to the StatefulSet, and goes with it. */
export function diesWithIts(workload: LiveObject, { reading }: Plan): boolean {
  const { whenDeleted = "Retain", whenScaled = "Retain" } =
    specOf<WorkloadSpec>(workload).persistentVolumeClaimRetentionPolicy ?? {};
  const owned = (reading.preflight.claim?.metadata?.ownerReferences ?? []).length > 0;
  return whenDeleted !== "Retain" || whenScaled !== "Retain" || owned;
}

/** Images of the new pod that its node has not. */
export function missingImages({ settings, reading }: Plan): ImageReference[] {
  const { images } = reading;
  if (!images) return [];
  const wanted = [settings.image, ...(settings.storage.guard ? [settings.storage.image] : [])];
  return wanted.filter(({ registry, repository, tag, digest }) => {
    const full = `${registry}/${repository}`;
    return !images.has(`${full}@${digest ?? ""}`) && !(digest === undefined && images.has(`${full}:${tag ?? ""}`));
  });
}

export function pull(plan: Plan, image: ImageReference, index: number): string {
  const { run, node } = partsOf(plan);
  const where = node === undefined ? "" : ` --overrides='{"apiVersion":"v1","spec":{"nodeName":"${node}"}}'`;
  const does = image === plan.settings.image ? "-- -version" : "--command -- true";
  return run.kubectl(
    `run tempo-pull-${index} --image=${quote(image.text)} --restart=Never --attach --rm --quiet --pod-running-timeout=10m${where} ${does}`,
  );
}
