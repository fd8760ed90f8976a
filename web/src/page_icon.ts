// The page's icon, which tells how things stand also from a tab in the background.

const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
const calm = link?.getAttribute("href") ?? "";

/** Shows this icon; null: the page's own. */
export function showIcon(href: string | null): void {
  const wanted = href ?? calm;
  if (link && link.getAttribute("href") !== wanted) link.setAttribute("href", wanted);
}
