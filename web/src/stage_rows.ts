// The stages of a run as rows of a folded outline: they follow each other in the order in which they began, and one
// that is deeper than the one before is inside of it. Pure.
import { isBad, type RunStage } from "./run";

export interface StageRow {
  readonly stage: RunStage;
  readonly index: number;
  readonly depth: number;
  /** There are stages inside. */
  readonly inner: number;
  readonly open: boolean;
}

/** How deep rows are set in at most: hostile output nests as deep as it likes. */
const MOST_DEPTH = 12;

/** Whether a stage is open while nobody has folded or unfolded it himself: what runs, and what went wrong. */
const opensItself = (stage: RunStage): boolean => stage.state === "running" || isBad(stage.state);

export function stageRows(stages: readonly RunStage[], folded: ReadonlyMap<number, boolean>): StageRow[] {
  const rows: StageRow[] = [];
  let hiddenBelow = Infinity;
  for (const [index, stage] of stages.entries()) {
    if (stage.depth > hiddenBelow) continue;
    hiddenBelow = Infinity;
    let inner = 0;
    for (let at = index + 1; at < stages.length && (stages[at] as RunStage).depth > stage.depth; at += 1) inner += 1;
    const open = inner > 0 && !(folded.get(index) ?? !opensItself(stage));
    if (!open) hiddenBelow = stage.depth;
    rows.push({ stage, index, depth: Math.min(stage.depth, MOST_DEPTH), inner, open });
  }
  return rows;
}
