// Chart: what draws charts, null until it is there. It is a bundle of its own, fetched when it is first wanted; a server
// that cannot be reached then is asked again until it can.
import { signal } from "@preact/signals";
import type { TimeChart } from "./time_chart";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

export const Chart = signal<typeof TimeChart | null>(null);
let wanted = false;

export function wantChart(): void {
  if (wanted) return;
  wanted = true;
  load(FIRST_WAIT_MS);
}

function load(wait: number): void {
  import("./time_chart").then(
    (module) => (Chart.value = module.TimeChart),
    () => setTimeout(load, wait, Math.min(2 * wait, LONGEST_WAIT_MS)),
  );
}
