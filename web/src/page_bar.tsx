// PageBar: the top bar that all pages share: the name, the ways to the other pages, and the theme.
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { addressOf } from "./base";
import { THEMES, type Settings } from "./settings";

export type Page = "logs" | "runs" | "host";

const PAGES: readonly (readonly [Page, string, string])[] = [
  ["logs", "", "Logs"],
  ["runs", "runs", "Runs"],
  ["host", "host", "Host"],
];

export function PageLinks({ here }: { here: Page }) {
  return (
    <nav class="pages" aria-label="Pages">
      {PAGES.map(([page, address, name]) => (
        <a key={page} href={addressOf(address)} aria-current={page === here ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}

interface Props {
  readonly settings: Signal<Settings>;
  readonly here: Page;
  readonly children: ComponentChildren;
}

export function PageBar({ settings, here, children }: Props) {
  const { theme } = settings.value;
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  return (
    <header class="page-bar">
      <h1>Tailwater</h1>
      <PageLinks here={here} />
      {children}
      <span class="space" />
      <button type="button" class="quiet" aria-label={`Theme: ${theme}`} onClick={() => (settings.value = { ...settings.value, theme: next })}>
        {theme === "light" ? "☀" : theme === "dark" ? "☾" : "◐"}
      </button>
    </header>
  );
}
