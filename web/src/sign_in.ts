// Signing in: where the server wants to know who asks, it answers 401, and its own page at /login takes over. That page
// brings people back to where they came from.

/** The address of the sign-in page, which returns to `here` afterwards. */
export function signInAddress(base: string, here: string): string {
  const url = new URL("login", base);
  const target = new URL(here);
  url.searchParams.set("next", `${target.pathname}${target.search}`);
  return url.href;
}

export function goToSignIn(base: string): void {
  location.assign(signInAddress(base, location.href));
}

/** Asks a small resource whether this browser may read; if it has to sign in first, goes there. */
export async function signInIfNeeded(base: string): Promise<void> {
  try {
    const reply = await fetch(new URL("api/streams", base), { cache: "no-store" });
    if (reply.status === 401) goToSignIn(base);
  } catch {
    // Unreachable: that is shown where it was noticed.
  }
}
