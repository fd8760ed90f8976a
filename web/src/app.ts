// App: the page's state as signals, and what the chrome can do with it. The view lives in the URL; filters are
// asked of the server before the running stream is given up, so that a wrong pattern never empties the pane.
import { computed, signal } from "@preact/signals";
import { Follower } from "./follower";
import type { LinkState } from "./event_link";
import { chooseLinks } from "./links";
import { probe, type Problem } from "./problem";
import { noteView } from "./recent_views";
import { noCounts, type LevelCounts } from "./record_window";
import { makeSettings } from "./settings";
import { loadStreams, shortNames, type StreamEntry } from "./stream_catalog";
import { StreamRates } from "./stream_rates";
import { EVERYTHING, parametersOf, sameRequest, searchOf, viewFrom, type View } from "./view";

export interface Status {
  readonly link: LinkState;
  readonly caughtUp: boolean;
  readonly paused: boolean;
  readonly newRecords: number;
  readonly held: number;
  /** Older records that were here have been let go. */
  readonly trimmed: boolean;
  readonly counts: LevelCounts;
  readonly version: string;
}

const NO_STATUS: Status = {
  link: { kind: "connecting" },
  caughtUp: false,
  paused: false,
  newRecords: 0,
  held: 0,
  trimmed: false,
  counts: noCounts(),
  version: "",
};

const STREAMS_EVERY_MS = 5_000;

export class App {
  readonly settings = makeSettings();
  readonly view = signal<View>(viewFrom(location.search));
  /** An include pattern that is being typed: already applied, not yet a chip. */
  readonly draft = signal("");
  /** What stands in the filter's field. */
  readonly filterText = signal("");
  readonly problem = signal<Problem | null>(null);
  readonly status = signal<Status>(NO_STATUS);
  readonly rate = signal(0);
  readonly unseenErrors = signal(0);
  readonly streams = signal<StreamEntry[] | null>(null);
  /** How each file is called in rows and lists: as short as is still unmistakable. */
  readonly fileNames = computed(() => shortNames((this.streams.value ?? []).flatMap(({ files }) => files.map(({ path }) => path))));
  readonly rates = new StreamRates();
  readonly helpShown = signal(false);
  /** A sentence for the moment, also read out by screen readers. */
  readonly message = signal("");
  readonly base = new URL(".", location.href).href;
  readonly follower: Follower;
  /** The pane's; set before start(). */
  onChange: () => void = () => undefined;

  private opened: View | null = null;
  private attempt = 0;
  private messageTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.follower = new Follower(this.base, () => this.onChange(), chooseLinks());
  }

  start(): void {
    this.openNow(this.view.value);
    addEventListener("popstate", () => {
      this.draft.value = "";
      this.filterText.value = "";
      this.view.value = viewFrom(location.search);
      this.openNow(this.view.value);
    });
    void this.refreshStreams();
    setInterval(() => {
      if (document.visibilityState === "visible") void this.refreshStreams();
    }, STREAMS_EVERY_MS);
    this.watchRates();
    // A page in the back/forward cache must not hold a connection.
    addEventListener("pagehide", () => this.follower.close());
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.openNow(this.view.value);
    });
  }

  /** Shows another view, if the server takes it; it becomes the page's URL. */
  async show(change: Partial<View>): Promise<void> {
    await this.tryView({ ...this.view.value, from: "", ...change }, this.draft.value);
  }

  async type(draft: string): Promise<void> {
    await this.tryView(this.view.value, draft.trim());
  }

  /** Makes a typed pattern a chip. */
  async addPattern(kind: "greps" | "excludes", pattern: string): Promise<boolean> {
    const view = this.view.value;
    const patterns = [...new Set([...view[kind], pattern])];
    return this.tryView({ ...view, from: "", [kind]: patterns }, "");
  }

  /** Shows a view by its query string, with nothing of the present one. */
  async showSearch(search: string): Promise<void> {
    this.filterText.value = "";
    await this.tryView(viewFrom(search), "");
  }

  reset(): void {
    void this.tryView(EVERYTHING, "");
  }

  /** Shows or hides a field as a column; nothing is asked of the server. */
  toggleColumn(name: string): void {
    const { columns } = this.view.value;
    const next = columns.includes(name) ? columns.filter((one) => one !== name) : [...columns, name];
    this.accept({ ...this.view.value, columns: next }, this.draft.value);
  }

  say(text: string): void {
    this.message.value = text;
    clearTimeout(this.messageTimer);
    this.messageTimer = setTimeout(() => (this.message.value = ""), 4_000);
  }

  /** Takes the follower's numbers over into signals: once a frame at most. */
  publish(): void {
    const { follower } = this;
    const { link } = this.status.value;
    this.status.value = {
      link: follower.linkState,
      caughtUp: follower.caughtUp,
      paused: follower.paused,
      newRecords: follower.newRecords,
      held: follower.window.records,
      trimmed: follower.trimmed,
      counts: { ...follower.window.counts },
      version: follower.hello?.version ?? "",
    };
    if (follower.linkState === link) return;
    if (follower.linkState.kind === "refused") this.problem.value = follower.linkState.problem;
    if (link.kind === "reconnecting" && follower.linkState.kind === "open") this.say("Connected again");
  }

  async refreshStreams(): Promise<void> {
    const streams = await loadStreams(this.base);
    if (!streams) return;
    this.rates.observe(streams, performance.now());
    this.streams.value = streams;
  }

  private async tryView(view: View, draft: string): Promise<boolean> {
    this.attempt += 1;
    const { attempt } = this;
    const whole = withDraft(view, draft);
    if (this.opened && sameRequest(whole, this.opened)) {
      this.problem.value = null;
      this.accept(view, draft);
      return true;
    }
    if (whole.greps.length + whole.excludes.length > 0) {
      const url = new URL("api/events", this.base);
      url.search = parametersOf(whole).toString();
      const result = await probe(url.href);
      if (attempt !== this.attempt) return false;
      if (result.kind === "refused") {
        this.problem.value = result.problem;
        return false;
      }
    }
    this.problem.value = null;
    this.accept(view, draft);
    this.openNow(whole);
    return true;
  }

  private accept(view: View, draft: string): void {
    this.view.value = view;
    this.draft.value = draft;
    const search = searchOf(withDraft(view, draft));
    if (search === location.search) return;
    // What is being typed replaces its own last form in the history.
    const url = search === "" ? location.pathname : search;
    if (draft === "") history.pushState(null, "", url);
    else history.replaceState(null, "", url);
  }

  private openNow(view: View): void {
    this.opened = view;
    noteView(searchOf(view));
    this.problem.value = null;
    this.follower.open(view);
  }

  private watchRates(): void {
    let last = 0;
    let lastErrors = 0;
    setInterval(() => {
      const { arrived, errorsArrived } = this.follower;
      this.rate.value = arrived - last;
      if (document.visibilityState === "hidden") this.unseenErrors.value += errorsArrived - lastErrors;
      else this.unseenErrors.value = 0;
      last = arrived;
      lastErrors = errorsArrived;
    }, 1_000);
  }
}

const withDraft = (view: View, draft: string): View =>
  draft === "" ? view : { ...view, greps: [...new Set([...view.greps, draft])] };
