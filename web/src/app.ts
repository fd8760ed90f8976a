// App: the page's state as signals, and what the chrome can do with it. The view lives in the URL; filters are
// asked of the server before the running stream is given up, so that a wrong pattern never empties the pane.
import { computed, signal } from "@preact/signals";
import { BASE, RUN } from "./base";
import { loadPageEarly } from "./early_page";
import { Follower } from "./follower";
import type { LinkState } from "./event_link";
import { chooseLinks } from "./links";
import type { Place } from "./page";
import { firstPlace, Pager, type Loading } from "./pager";
import { probe, type Problem } from "./problem";
import { noteView } from "./recent_views";
import type { LogRecord } from "./record";
import { noCounts, type LevelCounts } from "./record_window";
import { makeSettings, prefersDark } from "./settings";
import { loadStreams, PATIENCE_MS, shortNames, type StreamEntry } from "./stream_catalog";
import { StreamRates } from "./stream_rates";
import { goToSignIn } from "./sign_in";
import { EVERYTHING, filtersOf, parametersOf, placeFrom, sameRequest, searchOf, viewFrom, type View } from "./view";

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
  /** A page of history that is on its way, and why the last one did not come. */
  readonly loading: Loading;
  readonly failure: string;
  /** Nothing older than what is here. */
  readonly atStart: boolean;
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
  loading: null,
  failure: "",
  atStart: false,
};

const STREAMS_EVERY_MS = 5_000;
const PLACE_REST_MS = 400;

export class App {
  // Before the settings: a worker starts while the browser looks up what it has stored.
  private readonly links = chooseLinks();
  readonly settings = makeSettings();
  readonly view = signal<View>(viewFrom(location.search, RUN));
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
  /** The path of the file of the view's run, once it is known. */
  readonly runPath = signal("");
  readonly rates = new StreamRates();
  readonly helpShown = signal(false);
  readonly dark = prefersDark;
  /** A sentence for the moment, also read out by screen readers. */
  readonly message = signal("");
  readonly base = BASE;
  readonly follower: Follower;
  readonly pager: Pager;
  /** The pane's; set before start(). */
  onChange: () => void = () => undefined;
  /** The window is somewhere else now; `id` is the record to show, "" for its first one. */
  onJump: (id: string, choose: boolean) => void = () => undefined;
  /** The pane came to rest with a record of this time (milliseconds) at its top. */
  onRest: (time: number) => void = () => undefined;
  /** The first record in sight; null if there is none. */
  topRecord: () => LogRecord | null = () => null;

  private opened: View | null = null;
  private attempt = 0;
  /** The record at which the page would open again; "" at the live end. */
  private place = placeFrom(location.search);
  private placeTimer: ReturnType<typeof setTimeout> | undefined;
  private messageTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.follower = new Follower(this.base, () => this.onChange(), this.links);
    this.pager = new Pager(this.base, this.follower, () => this.onChange(), loadPageEarly);
  }

  start(): void {
    this.openNow(this.view.value, this.place);
    if (firstPlace(this.view.value, this.place)?.kind === "newest") void this.pager.preview();
    addEventListener("popstate", () => {
      this.draft.value = "";
      this.filterText.value = "";
      this.view.value = viewFrom(location.search, RUN);
      this.place = placeFrom(location.search);
      this.openNow(this.view.value, this.place);
    });
    void this.refreshStreams();
    setInterval(() => {
      if (document.visibilityState === "visible") void this.refreshStreams();
    }, STREAMS_EVERY_MS);
    this.watchRates();
    // A page in the back/forward cache must not hold a connection.
    addEventListener("pagehide", () => this.follower.close());
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.openNow(this.view.value, this.place);
    });
  }

  /** What is asked of the server: the view with what is being typed. */
  get shownView(): View {
    return withDraft(this.view.peek(), this.draft.peek());
  }

  /** What had ended has begun again. */
  restart(): void {
    this.openNow(this.view.value, this.place);
  }

  /** The page's address with this record in sight. */
  linkTo(record: LogRecord): string {
    const view = { ...this.view.value, since: "", from: "" };
    return new URL(searchOf(view, record.id, RUN), `${location.origin}${location.pathname}`).href;
  }

  /** Shows another place in history: a time, a fraction, a record's surroundings. */
  async goTo(place: Place, choose = false): Promise<boolean> {
    const { result, problem } = await this.pager.jump(place);
    if (result === "shown") this.onJump(place.kind === "around" ? place.id : "", choose);
    if (result === "failed") this.say(problem?.detail || problem?.title || "The server cannot be reached");
    if (result === "failed" && problem?.status === 401) goToSignIn(this.base);
    return result === "shown";
  }

  /** The follower is live again, or leaves history. */
  leaveHistory(): void {
    this.pager.reset();
    this.follower.goLive();
  }

  /** Keeps the place in sight in the URL, once it has come to rest. */
  notePlace(): void {
    this.placeTimer ??= setTimeout(() => {
      this.placeTimer = undefined;
      const record = this.topRecord();
      const place = this.follower.paused ? (record?.id ?? this.place) : "";
      if (record) this.onRest(Date.parse(record.time ?? record.arrived ?? ""));
      if (place === this.place) return;
      this.place = place;
      history.replaceState(history.state, "", this.urlNow());
    }, PLACE_REST_MS);
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

  /** Makes a condition on fields a chip. */
  async addCondition(condition: string): Promise<boolean> {
    const view = this.view.value;
    return this.tryView({ ...view, from: "", wheres: [...new Set([...view.wheres, condition])] }, this.draft.value);
  }

  /** Shows a record among its neighbours: without the filters that hide them. */
  showAround(id: string): void {
    const { run, streams, files, columns } = this.view.value;
    this.filterText.value = "";
    this.draft.value = "";
    this.place = id;
    this.view.value = { ...EVERYTHING, run, streams, files, columns };
    history.pushState(null, "", this.urlNow());
    this.openNow(this.view.value, id);
  }

  /** Shows a view by its query string, with nothing of the present one. */
  async showSearch(search: string): Promise<void> {
    this.filterText.value = "";
    await this.tryView(viewFrom(search, RUN), "");
  }

  reset(): void {
    void this.tryView({ ...EVERYTHING, run: RUN }, "");
  }

  /** Shows or hides a field as a column. */
  toggleColumn(name: string): void {
    const { columns } = this.view.value;
    const next = columns.includes(name) ? columns.filter((one) => one !== name) : [...columns, name];
    void this.tryView({ ...this.view.value, columns: next }, this.draft.value);
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
      loading: this.pager.loading,
      failure: this.pager.failure,
      atStart: this.pager.atStart,
    };
    this.notePlace();
    if (follower.linkState === link) return;
    if (follower.linkState.kind === "refused") this.problem.value = follower.linkState.problem;
    if (follower.linkState.kind === "refused" && follower.linkState.problem.status === 401) goToSignIn(this.base);
    if (link.kind === "reconnecting" && follower.linkState.kind === "open") this.say("Connected again");
  }

  async refreshStreams(): Promise<void> {
    const streams = await loadStreams(this.base);
    if (streams === "signed-out") goToSignIn(this.base);
    // An EventSource does not notice that a connection died without a word, as it does when a network goes away.
    if (streams === "unreachable") this.follower.doubtLink(0);
    if (streams === "late") this.follower.doubtLink(PATIENCE_MS);
    if (!Array.isArray(streams)) return;
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
    if (whole.greps.length + whole.excludes.length + whole.wheres.length > 0) {
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
    // In the past the same moment is shown through other filters; at the live end the live end.
    const top = this.follower.paused ? this.topRecord() : null;
    const sameRecords = this.opened !== null && filtersOf(whole).toString() === filtersOf(this.opened).toString();
    this.place = sameRecords ? (top?.id ?? "") : "";
    this.accept(view, draft);
    if (this.place !== "") this.openNow(whole, this.place);
    else this.openNow(whole, "", this.follower.away ? (top?.time ?? top?.arrived ?? "") : "");
    return true;
  }

  private accept(view: View, draft: string): void {
    this.view.value = view;
    this.draft.value = draft;
    const url = this.urlNow();
    if (url === location.search || (url === location.pathname && location.search === "")) return;
    // What is being typed replaces its own last form in the history.
    if (draft === "") history.pushState(null, "", url);
    else history.replaceState(null, "", url);
  }

  private urlNow(): string {
    return searchOf(withDraft(this.view.value, this.draft.value), this.place, RUN) || location.pathname;
  }

  private openNow(view: View, around = "", time = ""): void {
    this.opened = view;
    noteView(searchOf(view));
    this.problem.value = null;
    this.pager.reset();
    this.follower.open(view, around !== "" || time !== "");
    if (around !== "") void this.goTo({ kind: "around", id: around }, /*choose=*/ true).then((shown) => this.orLive(shown));
    else if (time !== "") void this.goTo({ kind: "time", time }).then((shown) => this.orLive(shown));
  }

  /** A place that is not to be had any more is no reason to show nothing. */
  private orLive(shown: boolean): void {
    if (!shown && this.follower.away && this.pager.loading === null) this.leaveHistory();
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
