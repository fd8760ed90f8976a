// Times for people: the clock that rows show, in local time or UTC, and the exact text for details.

export class TimeText {
  private readonly clockFormat: Intl.DateTimeFormat;
  private readonly dayFormat: Intl.DateTimeFormat;
  // Records arrive in runs with the same second; formatting is what costs.
  private lastSecond = Number.NaN;
  private lastText = "";

  constructor(
    readonly utc: boolean,
    private readonly now: () => number = Date.now,
  ) {
    const zone = utc ? { timeZone: "UTC" } : {};
    const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
    this.clockFormat = new Intl.DateTimeFormat("en-GB", { ...clock, ...zone });
    this.dayFormat = new Intl.DateTimeFormat("en-GB", { month: "short", day: "2-digit", ...zone });
  }

  /** "14:03:22.118", with the day before it if that is not within the last twelve hours; "" if there is no time. */
  clock(rfc3339: string | null): string {
    if (rfc3339 === null) return "";
    const milliseconds = Date.parse(rfc3339);
    if (Number.isNaN(milliseconds)) return "";
    const second = Math.floor(milliseconds / 1000);
    if (second !== this.lastSecond) {
      this.lastSecond = second;
      this.lastText = this.clockFormat.format(milliseconds);
      const old = Math.abs(this.now() - milliseconds) > 12 * 3_600_000;
      if (old) this.lastText = `${this.dayFormat.format(milliseconds)} ${this.lastText}`;
    }
    return `${this.lastText}.${String(milliseconds - second * 1000).padStart(3, "0")}`;
  }

  /** The whole time with its zone. */
  exact(rfc3339: string): string {
    const milliseconds = Date.parse(rfc3339);
    if (Number.isNaN(milliseconds)) return rfc3339;
    if (this.utc) return new Date(milliseconds).toISOString();
    const local = new Date(milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000);
    const offset = -new Date(milliseconds).getTimezoneOffset();
    const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, "0");
    const zone = `${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
    return `${local.toISOString().slice(0, -1)}${zone}`;
  }
}
