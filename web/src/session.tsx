// Session: who reads here, for servers that want to know, and the ways in and out. Asked for when the menu opens.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { parseFields } from "./record";
import { goToSignIn } from "./sign_in";

export interface SessionState {
  /** Somebody may sign in here. */
  readonly required: boolean;
  /** "" for nobody. */
  readonly name: string;
  /** Signed in with this browser's cookie, so that there is something to end. */
  readonly cookie: boolean;
}

export function decodeSession(body: string): SessionState | null {
  const fields = parseFields(body);
  if (!fields) return null;
  const name = fields["signed_in"] === true && typeof fields["name"] === "string" ? fields["name"] : "";
  return { required: fields["required"] === true, name, cookie: fields["cookie"] === true };
}

const session = signal<SessionState | null>(null);

async function load(base: string): Promise<void> {
  try {
    const reply = await fetch(new URL("api/session", base), { cache: "no-store" });
    session.value = reply.ok ? decodeSession(await reply.text()) : null;
  } catch {
    session.value = null;
  }
}

async function signOut(base: string): Promise<void> {
  try {
    await fetch(new URL("logout", base), { method: "POST" });
  } catch {
    // The sign-in page will not come either, and the browser says why.
  }
  goToSignIn(base);
}

export function Session({ base }: { base: string }) {
  useEffect(() => void load(base), [base]);
  const state = session.value;
  if (!state?.required) return null;
  return (
    <fieldset class="inline session">
      <legend>Account</legend>
      <span>{state.name === "" ? "Not signed in" : `Signed in as ${state.name}`}</span>
      {state.name === "" && (
        <button type="button" onClick={() => goToSignIn(base)}>
          Sign in
        </button>
      )}
      {state.cookie && (
        <button type="button" onClick={() => void signOut(base)}>
          Sign out
        </button>
      )}
    </fieldset>
  );
}
