// The build of the viewer: one page, hashed assets, relative URLs only, so that it works under any sub-path.
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
    modulePreload: false,
    reportCompressedSize: true,
    rolldownOptions: { output: { hashCharacters: "base36" } },
  },
  worker: { format: "es" },
});
