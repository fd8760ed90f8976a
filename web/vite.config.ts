// The build of the pages: hashed assets, relative URLs only, so that they work under any sub-path. NAME.html is served
// at /NAME, index.html at / (see embed_assets.cmake).
// Nothing may be inlined: the page's Content-Security-Policy allows no inline script, style or data: URL.
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    outDir: "dist",
    assetsDir: "assets",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    // The page names all of its modules, so that none is found only when another has come.
    modulePreload: { polyfill: false, resolveDependencies: (_file, modules, { hostType }) => (hostType === "html" ? modules : []) },
    reportCompressedSize: true,
    rolldownOptions: {
      input: { index: "index.html", host: "host.html", runs: "runs.html", run: "run.html" },
      output: { hashCharacters: "base36" },
    },
  },
  worker: { format: "es" },
});
