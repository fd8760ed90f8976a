// Settings: how this person likes to look, kept in this browser. What is looked at is in the URL (see view.ts).
import { effect, signal, type Signal } from "@preact/signals";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface Settings {
  readonly wrap: boolean;
  readonly theme: Theme;
  readonly utc: boolean;
  readonly showTime: boolean;
  readonly showLevel: boolean;
  readonly showFile: boolean;
  readonly showStreams: boolean;
  readonly showTimeline: boolean;
  /** The machine's metrics in the timeline. */
  readonly showMetrics: boolean;
}

const narrow = matchMedia("(max-width: 720px)").matches;

const DEFAULTS: Settings = {
  wrap: narrow,
  theme: "system",
  utc: false,
  showTime: true,
  showLevel: true,
  showFile: true,
  showStreams: !narrow,
  showTimeline: !narrow,
  showMetrics: false,
};

const KEY = "tailwater.settings";

function stored(): Settings {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const fields = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
    const flag = (name: keyof Settings): boolean =>
      typeof fields[name] === "boolean" ? fields[name] : DEFAULTS[name] === true;
    const theme = THEMES.find((one) => one === fields["theme"]) ?? DEFAULTS.theme;
    return {
      wrap: flag("wrap"),
      theme,
      utc: flag("utc"),
      showTime: flag("showTime"),
      showLevel: flag("showLevel"),
      showFile: flag("showFile"),
      showStreams: flag("showStreams"),
      showTimeline: flag("showTimeline"),
      showMetrics: flag("showMetrics"),
    };
  } catch {
    return DEFAULTS;
  }
}

const systemDark = matchMedia("(prefers-color-scheme: dark)");
/** What the system prefers now; for what is drawn in colours of the theme. */
export const prefersDark = signal(systemDark.matches);
systemDark.addEventListener("change", () => (prefersDark.value = systemDark.matches));

/** Loads the settings, keeps them, and holds the page's theme to them. */
export function makeSettings(): Signal<Settings> {
  const settings = signal(stored());
  effect(() => {
    const { theme } = settings.value;
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    try {
      localStorage.setItem(KEY, JSON.stringify(settings.value));
    } catch {
      // Storage may be forbidden or full; the settings then last as long as the page.
    }
  });
  return settings;
}
