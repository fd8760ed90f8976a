// eventually(): an assertion about what changes by itself, tried until it holds; its last failure is the test's.
const LIMIT_MS = 15_000;
const PAUSE_MS = 50;

export async function eventually(check) {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    try {
      return await check();
    } catch (failure) {
      if (Date.now() > end) throw failure;
    }
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}
