// Builds src/luodi/web/assets into src/luodi/web/static/dist under stable names: app.css, app.js, icons.svg, mark.svg.
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { defineConfig } from "vite";

const ASSETS = "src/luodi/web/assets";
const TABLER_ICONS = "node_modules/@tabler/icons/icons/outline";
const MODERN = /light-dark\(|color-mix\(|\b(?:oklch|oklab|lch|lab)\(|\b(?:rgba?|hsla?|color)\(\s*from\b/;
const CSS_BUDGET = 80_000;

/** Tabler's own build prefixes its variables after Sass; this does the same, and leaves out what Chrome 90 cannot read. */
const tablerForChrome90 = {
  postcssPlugin: "tabler-for-chrome-90",
  OnceExit(root) {
    if (!root.source.input.file.endsWith("tabler.scss")) return;
    root.walkDecls((declaration) => {
      // colours within drawings in addresses: plain hex
      declaration.value = declaration.value.replace(/oklch%28[^)]*?%29/g, "%235d6771");
      if (MODERN.test(declaration.value)) {
        declaration.remove();
        return;
      }
      declaration.prop = declaration.prop.replace(/^--(?!tblr-)/, "--tblr-");
      declaration.value = declaration.value.replace(/var\(\s*--(?!tblr-)/g, "var(--tblr-");
    });
    root.walkRules((rule) => {
      if (rule.nodes.length === 0) rule.remove();
    });
  },
};

/** One <symbol> for each icon: our own (20 px grid) and those of Tabler that icons/tabler.json names (24 px grid). */
function sprite() {
  const symbol = (name, svg, size, stroke) => {
    const body = svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>")).replace(/<path stroke="none"[^>]*\/>/, "");
    return `<symbol id="${name}" viewBox="0 0 ${size} ${size}" stroke-width="${stroke}">${body.replace(/\s+/g, " ").trim()}</symbol>`;
  };
  const own = readdirSync(join(ASSETS, "icons"))
    .filter((file) => file.endsWith(".svg"))
    .map((file) => symbol(basename(file, ".svg"), readFileSync(join(ASSETS, "icons", file), "utf8"), 20, 1.5));
  const named = JSON.parse(readFileSync(join(ASSETS, "icons/tabler.json"), "utf8"));
  const tabler = Object.entries(named).map(([name, file]) =>
    symbol(name, readFileSync(join(TABLER_ICONS, `${file}.svg`), "utf8"), 24, 1.8),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg">${[...own, ...tabler].join("")}</svg>\n`;
}

const drawings = {
  name: "luodi-drawings",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "icons.svg", source: sprite() });
    this.emitFile({ type: "asset", fileName: "mark.svg", source: readFileSync(join(ASSETS, "mark.svg"), "utf8") });
  },
};

/** The build fails rather than ship a style sheet that the oldest supported browser cannot read, or a fat one. */
const guard = {
  name: "luodi-guard",
  writeBundle(_options, bundle) {
    const css = String(bundle["app.css"].source);
    const found = css.match(MODERN);
    if (found) this.error(`app.css holds ${found[0]}…, which Chrome 90 cannot read`);
    if (css.length > CSS_BUDGET) this.error(`app.css has ${css.length} bytes; its budget is ${CSS_BUDGET}`);
  },
};

export default defineConfig({
  publicDir: false,
  base: "./",
  plugins: [drawings, guard],
  css: { postcss: { plugins: [tablerForChrome90] } },
  build: {
    target: "chrome90",
    cssTarget: "chrome90",
    outDir: "src/luodi/web/static/dist",
    emptyOutDir: true,
    rolldownOptions: {
      checks: { eval: false }, // htmx has one; the pages forbid it (htmx-config allowEval, and the content security policy)
      input: { app: join(ASSETS, "app.js") },
      output: { entryFileNames: "[name].js", chunkFileNames: "[name].js", assetFileNames: "[name][extname]" },
    },
  },
});
