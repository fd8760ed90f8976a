// ViewMenu: how the pane looks, where it starts, and the views that were open lately.
import { useRef } from "preact/hooks";
import type { App } from "./app";
import { recentViews, viewText } from "./recent_views";
import { THEMES, type Settings } from "./settings";

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

const STARTS: readonly (readonly [string, string])[] = [
  ["", "the latest records"],
  ["10m", "10 minutes ago"],
  ["1h", "an hour ago"],
  ["24h", "a day ago"],
];

function Start({ app }: { app: App }) {
  const { since, from } = app.view.value;
  const known = from === "" && STARTS.some(([value]) => value === since);
  const local = useRef<HTMLInputElement>(null);
  const jump = (): void => {
    const time = new Date(local.current?.value ?? "");
    if (!Number.isNaN(time.getTime())) void app.show({ since: time.toISOString() });
  };
  return (
    <fieldset>
      <legend>Start at</legend>
      <select
        aria-label="Start at"
        value={known ? since : "other"}
        onChange={(event) => void app.show({ since: event.currentTarget.value })}
      >
        {STARTS.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        {!known && <option value="other">{from ? "a record" : since}</option>}
      </select>
      <span class="jump">
        <input ref={local} type="datetime-local" step="1" aria-label="Date and time" />
        <button type="button" onClick={jump}>
          Go
        </button>
      </span>
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
    <details class="menu" ref={menu} onFocusOut={onFocusOut} onKeyDown={onKeyDown}>
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
        <Start app={app} />
        <Recent app={app} />
      </div>
    </details>
  );
}
