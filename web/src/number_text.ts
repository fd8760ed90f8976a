// Numbers for people, by the unit of the metric that they are of (UCUM, as OpenTelemetry writes it).

export type Unit = "bytes" | "bytes/s" | "ratio" | "seconds" | "cores" | "count" | "per-second";

function scaled(value: number, base: number, units: readonly string[]): string {
  let rest = Math.abs(value);
  let at = 0;
  while (rest >= base && at < units.length - 1) {
    rest /= base;
    at += 1;
  }
  const digits = at === 0 && Number.isInteger(rest) ? 0 : rest < 10 ? 2 : rest < 100 ? 1 : 0;
  const text = Number(rest.toFixed(digits)).toString();
  return `${value < 0 ? "-" : ""}${text}${units[at] ? ` ${units[at]}` : ""}`;
}

const BYTES = ["B", "kB", "MB", "GB", "TB", "PB"];

function secondsText(value: number): string {
  const size = Math.abs(value);
  if (size >= 86_400) return `${Number((value / 86_400).toFixed(1))} d`;
  if (size >= 3_600) return `${Number((value / 3_600).toFixed(1))} h`;
  if (size >= 60) return `${Number((value / 60).toFixed(1))} min`;
  if (size >= 1 || size === 0) return `${Number(value.toFixed(2))} s`;
  return size >= 1e-3 ? `${Number((value * 1e3).toFixed(2))} ms` : `${Number((value * 1e6).toFixed(1))} µs`;
}

export function numberText(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  switch (unit) {
    case "bytes":
      return scaled(value, 1000, BYTES);
    case "bytes/s":
      return `${scaled(value, 1000, BYTES)}/s`;
    case "ratio":
      return `${Number((value * 100).toFixed(value < 0.1 ? 1 : 0))} %`;
    case "seconds":
      return secondsText(value);
    case "cores":
      return `${Number(value.toFixed(2))}`;
    case "per-second":
      return `${scaled(value, 1000, ["", "k", "M", "G"])}/s`;
    case "count":
      return scaled(value, 1000, ["", "k", "M", "G"]);
  }
}
