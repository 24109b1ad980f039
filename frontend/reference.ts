/** Puts the API reference's own files beside the dashboard, so that `/docs` and `/redoc` need no network. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

const FILES = ["swagger-ui.css", "swagger-ui-bundle.js"];

/** Tried out at `/docs`, only read at `/redoc`. */
const START = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  filter: true,
  validatorUrl: null,
  docExpansion: location.pathname === "/redoc" ? "full" : "list",
  supportedSubmitMethods: location.pathname === "/redoc" ? [] : undefined,
});
`;

export function reference(): Plugin {
  return {
    name: "control-center-reference",
    apply: "build",
    generateBundle() {
      const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
      for (const file of FILES) {
        this.emitFile({
          type: "asset",
          fileName: `reference/${file}`,
          source: readFileSync(join(folder, file)),
        });
      }
      this.emitFile({ type: "asset", fileName: "reference/start.js", source: START });
    },
  };
}
