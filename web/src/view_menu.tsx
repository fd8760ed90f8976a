// ViewMenu: how the pane looks, where it starts, and the views that were open lately.
import { useRef, useState } from "preact/hooks";
import type { App } from "./app";
import { RUN } from "./base";
import { recentViews, viewText } from "./recent_views";
import { Session } from "./session";
import { THEMES, type Settings } from "./settings";
import { baseName } from "./stream_catalog";
import { choosesFile, filtersOf, isFiltered } from "./view";

export function change(app: App, part: Partial<Settings>): void {
  app.settings.value = { ...app.settings.value, ...part };
}

export function nextTheme(app: App): void {
  const at = THEMES.indexOf(app.settings.value.theme);
  const theme = THEMES[(at + 1) % THEMES.length] ?? "system";
  change(app, { theme });
  app.say(`Theme: ${theme}`);
}

const FLAGS: readonly (readonly [keyof Settings, string])[] = [
  ["wrap", "Wrap long lines"],
  ["showTime", "Time"],
  ["showLevel", "Level"],
  ["showFile", "File"],
  ["utc", "Times in UTC"],
];

const AGO: readonly (readonly [string, string])[] = [
  ["10m", "10 min"],
  ["1h", "1 h"],
  ["6h", "6 h"],
  ["24h", "1 day"],
];

const TIME_FIELD = "go-to-time";

/** Opens the menu at the field for a time. */
export function openTimeField(): void {
  const field = document.getElementById(TIME_FIELD);
  field?.closest("details")?.setAttribute("open", "");
  field?.focus();
}

function GoTo({ app }: { app: App }) {
  const local = useRef<HTMLInputElement>(null);
  const { utc } = app.settings.value;
  const jump = (): void => {
    const time = new Date(`${local.current?.value ?? ""}${utc ? "Z" : ""}`);
    if (!Number.isNaN(time.getTime())) void app.goTo({ kind: "time", time: time.toISOString() });
  };
  return (
    <fieldset>
      <legend>Go to{utc ? " (UTC)" : ""}</legend>
      <form
        class="jump"
        onSubmit={(event) => {
          event.preventDefault();
          jump();
        }}
      >
        <input ref={local} id={TIME_FIELD} type="datetime-local" step="1" aria-label="Date and time" />
        <button type="submit">Go</button>
      </form>
      <span class="jump">
        {AGO.map(([time, label]) => (
          <button key={time} type="button" onClick={() => void app.goTo({ kind: "time", time })}>
            {label} ago
          </button>
        ))}
      </span>
    </fieldset>
  );
}

/** The log's bytes, and the lines that this view shows, as files. */
function Downloads({ app }: { app: App }) {
  const streams = app.streams.value ?? [];
  const { streams: chosen, files, run } = app.view.value;
  const ofRun = run === "" ? null : app.runPath.value;
  const all = streams.flatMap((stream) => stream.files.map((file) => ({ stream, file })));
  const shown = all.filter(({ stream, file }) => (ofRun !== null ? file.path === ofRun : files.length > 0 ? choosesFile(files, file.path) : chosen.length === 0 || chosen.includes(stream.name)));
  if (shown.length === 0) return null;
  const address = (stream: string, key: string, parameters: URLSearchParams): string => {
    const text = parameters.toString();
    return `${app.base}api/raw/${encodeURIComponent(stream)}/${encodeURIComponent(key)}${text ? `?${text}` : ""}`;
  };
  const anyFilter = isFiltered(app.shownView);
  const filtered = (format: string): URLSearchParams => {
    const parameters = filtersOf(app.shownView);
    for (const name of ["run", "stream", "file"]) parameters.delete(name);
    parameters.set("format", format);
    return parameters;
  };
  return (
    <fieldset class="downloads">
      <legend>Download</legend>
      {shown.slice(0, 6).map(({ stream, file }) => (
        <span key={`${stream.name} ${file.path}`}>
          <span class="name" title={file.path}>
            {app.fileNames.value.get(file.path) ?? file.path}
          </span>
          {stream.raw && (
            <a href={address(stream.name, file.key, new URLSearchParams())} download={baseName(file.path)}>
              raw
            </a>
          )}
          <a href={address(stream.name, file.key, filtered("text"))} download={`${baseName(file.path)}.txt`}>
            {anyFilter ? "filtered" : "lines"}
          </a>
          <a href={address(stream.name, file.key, filtered("ndjson"))} download={`${baseName(file.path)}.ndjson`}>
            JSON
          </a>
        </span>
      ))}
      {shown.some(({ stream }) => !stream.raw) && <span class="hint">Secrets are hidden, so the files themselves are not given out.</span>}
      {shown.length > 6 && <span class="hint">Choose streams or files to see the other {shown.length - 6}.</span>}
    </fieldset>
  );
}

function Recent({ app }: { app: App }) {
  // Read when the menu is drawn; app.view makes it current.
  const views = app.view.value ? recentViews() : [];
  if (views.length === 0) return null;
  return (
    <fieldset class="recent">
      <legend>Recent views</legend>
      {views.map((search) => (
        <button key={search} type="button" onClick={() => void app.showSearch(search)}>
          {viewText(search)}
        </button>
      ))}
    </fieldset>
  );
}

export function ViewMenu({ app }: { app: App }) {
  const settings = app.settings.value;
  const menu = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  const onFocusOut = (event: FocusEvent): void => {
    const to = event.relatedTarget;
    if (to instanceof Node && !menu.current?.contains(to)) menu.current?.removeAttribute("open");
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !menu.current?.open) return;
    menu.current.open = false;
    menu.current.querySelector("summary")?.focus();
    event.stopPropagation();
  };
  return (
    <details class="menu" ref={menu} onToggle={(event) => setOpen(event.currentTarget.open)} onFocusOut={onFocusOut} onKeyDown={onKeyDown}>
      <summary>View</summary>
      <div class="menu-body">
        {FLAGS.map(([name, label]) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={settings[name] === true}
              onChange={(event) => change(app, { [name]: event.currentTarget.checked })}
            />
            {label}
          </label>
        ))}
        <fieldset class="inline">
          <legend>Theme</legend>
          {THEMES.map((theme) => (
            <label key={theme}>
              <input type="radio" name="theme" checked={settings.theme === theme} onChange={() => change(app, { theme })} />
              {theme}
            </label>
          ))}
        </fieldset>
        <GoTo app={app} />
        <Downloads app={app} />
        {RUN === "" && <Recent app={app} />}
        {open && <Session base={app.base} />}
      </div>
    </details>
  );
}
