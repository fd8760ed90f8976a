// LogWriter: appends numbered lines to several files at a steady rate, for a bounded time. Line n of file f is known by
// its text alone, so a reader's copy can be held to what was written.
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

const TICK_MS = 10;
const LONGEST_MS = 120_000;

export class LogWriter {
  constructor(directory, { files = 3, linesPerSecond = 2_000 } = {}) {
    this.paths = Array.from({ length: files }, (_, file) => join(directory, `load-${file}.log`));
    this.descriptors = this.paths.map((path) => openSync(path, "a"));
    this.written = this.paths.map(() => 0);
    this.linesPerSecond = linesPerSecond;
    this.turn = 0;
  }

  get total() {
    return this.written.reduce((sum, count) => sum + count, 0);
  }

  start() {
    const began = Date.now();
    this.timer = setInterval(() => {
      const elapsed = Date.now() - began;
      if (elapsed > LONGEST_MS) return this.stop();
      const due = Math.floor((elapsed / 1_000) * this.linesPerSecond);
      while (this.total < due) this.append(Math.min(20, due - this.total));
    }, TICK_MS);
  }

  append(count) {
    const file = this.turn % this.paths.length;
    this.turn += 1;
    let text = "";
    for (let n = 0; n < count; n += 1) {
      text += `INFO file=${file} seq=${this.written[file]} ${"payload ".repeat(file + 1)}\n`;
      this.written[file] += 1;
    }
    writeSync(this.descriptors[file], text);
  }

  stop() {
    clearInterval(this.timer);
    for (const descriptor of this.descriptors.splice(0)) closeSync(descriptor);
  }
}

/** Per file the sequence numbers in the order in which their lines were seen. */
export function sequencesOf(lines, files) {
  const sequences = Array.from({ length: files }, () => []);
  for (const line of lines) {
    const found = /file=(\d+) seq=(\d+) /.exec(line);
    if (found) sequences[Number(found[1])].push(Number(found[2]));
  }
  return sequences;
}

/** In words, the first thing that is wrong with what was received; null if it is exactly 0..count-1. */
export function faultOf(sequence, count) {
  for (let at = 0; at < sequence.length; at += 1) {
    if (sequence[at] !== at) return `record ${sequence[at]} where ${at} was due (of ${count})`;
  }
  return sequence.length === count ? null : `${sequence.length} of ${count} records`;
}
